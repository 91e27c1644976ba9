import { readFileSync } from 'node:fs'
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
  expect(child.said()).toMatch(/^PH_PUMP_RETRYABLE cannot write .*records\.jsonl: .*EFBIG/)
  expect(text()).toBe('{"n":"first"}\n{"n":"last"}\n')
})
