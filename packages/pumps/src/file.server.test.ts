import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '@pumphouse/testkit'
import { expect, test } from 'vitest'
import { childProgram } from '../test/child-program.ts'
import { noLimit, openPump } from '../test/open-pump.ts'
import { scratchFile } from '../test/scratch-file.ts'
import { file } from './file.ts'

test.for(['json', 'csv'])(
  'after kill -9 in mid-write the next start leaves whole lines of %s only, and all that a write had resolved for',
  async format => {
    const { path } = scratchFile()
    const meta = { path, format, csv: { columns: ['round', 'n', 'i', 'text'] } }
    const lineOf = (line: string): { round: number; n: number } => {
      const [round, n, i, text] = format === 'json' ? Object.values(JSON.parse(line)) : line.split(',')
      expect([Number(i) < 500, text]).toEqual([true, 'x'.repeat(4_000)])
      return { round: Number(round), n: Number(n) }
    }
    for (let round = 1; round <= 4; round++) {
      const child = childProgram(`
      const pump = open('file', ${JSON.stringify(meta)})
      await pump.start(noLimit)
      for (let n = 0; ; n++) {
        const batch = Array.from({ length: 500 }, (_, i) => ({ round: ${round}, n, i, text: 'x'.repeat(4000) }))
        await pump.write(batch, noLimit)
        say('acked ' + n)
      }`)
      await until('a few batches are written', () => child.said().split('acked').length > 5)
      child.process.kill('SIGKILL')
      await child.ended()
      const acked = child.said().trimEnd().split('\n').length
      const pump = openPump(file, meta)
      await pump.start?.(noLimit())
      await pump.close()
      const [, ...whole] = `${format === 'json' ? 'no header\n' : ''}${readFileSync(path, 'utf8')}`.split(/\r?\n/)
      expect(whole.pop()).toBe('')
      expect(whole.map(lineOf).filter(line => line.round === round && line.n < acked).length).toBe(acked * 500)
    }
  },
)

test('a full disk takes the batch back to the last whole line, and the batch is written when there is space', async () => {
  const { path, text } = scratchFile()
  // A limit on the size of files refuses writes in the middle of a batch, as a full disk does.
  const child = childProgram(
    `const pump = open('file', { path: ${JSON.stringify(path)} })
    await pump.start(noLimit)
    await pump.write([{ n: 'first' }], noLimit)
    const large = Array.from({ length: 100 }, (_, n) => ({ n, text: 'x'.repeat(1000) }))
    await pump.write(large, noLimit).catch(error => say(error.code + ' ' + error.message))
    await pump.write([{ n: 'last' }], noLimit)`,
    'ulimit -f 64;',
  )
  expect(await child.ended()).toBe(0)
  expect(child.said()).toMatch(/^PH_PUMP_RETRYABLE cannot write .*records\.jsonl: it may not grow further.*\(EFBIG\)/)
  expect(text()).toBe('{"n":"first"}\n{"n":"last"}\n')
})

test('a folder that may not be written to is said in words at check and at start, and a later start finds that it may', async () => {
  const { folder, path, text } = scratchFile()
  chmodSync(folder, 0o555)
  // Root may write anywhere: the program goes on as somebody else.
  const child = childProgram(
    `if (process.getuid() === 0) process.setuid(65534)
    const pump = open('file', { path: ${JSON.stringify(path)} })
    for (const call of ['check', 'start']) await pump[call](noLimit).catch(error => say(error.code + ' ' + error.message))
    process.stdin.once('data', async () => {
      await pump.start(noLimit)
      await pump.write([{ n: 1 }], noLimit)
      await pump.close()
      process.stdin.destroy()
    })`,
  )
  await until('it was refused twice', () => child.said().split('\n').length > 2)
  chmodSync(folder, 0o777)
  child.process.stdin?.write('on')
  expect(await child.ended()).toBe(0)
  const line =
    /^PH_PUMP_RETRYABLE cannot write .*records\.jsonl: permission denied \(EACCES\); expected a file that this process may write, or make$/
  expect(child.said().trimEnd().split('\n')).toEqual([expect.stringMatching(line), expect.stringMatching(line)])
  expect(text()).toBe('{"n":1}\n')
})

test('more files than the process may have open: those that cannot be opened are sent again, and arrive when there are fewer', async () => {
  const { folder } = scratchFile()
  const child = childProgram(
    `const meta = { path: ${JSON.stringify(join(folder, '{n}.jsonl'))} }
    const pump = open('file', { ...meta, maxOpenFiles: 300 })
    await pump.start(noLimit)
    let left = Array.from({ length: 250 }, (_, n) => ({ n }))
    const { retry } = await pump.write(left, noLimit)
    say(retry.error.message)
    await pump.close()
    const modest = open('file', { ...meta, maxOpenFiles: 8 })
    await modest.start(noLimit)
    await modest.write(retry.indexes.map(index => left[index]), noLimit)
    await modest.close()`,
    'ulimit -n 200;',
  )
  expect(await child.ended()).toBe(0)
  expect(child.said()).toMatch(/^cannot write .*: too many open files \(EMFILE\)/)
  for (let n = 0; n < 250; n++) expect(readFileSync(join(folder, `${n}.jsonl`), 'utf8')).toBe(`{"n":${n}}\n`)
})
