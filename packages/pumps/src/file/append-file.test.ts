import { execFileSync } from 'node:child_process'
import {
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { noLimit, openPump } from '../../test/open-pump.ts'
import { scratchFile } from '../../test/scratch-file.ts'
import { file } from '../file.ts'

const OLD = '{"path":"/old"}\n'

test.for([
  ['a line that a crash has cut', `${OLD}{"path":"/cut o`, OLD],
  ['a first line that a crash has cut', '{"path":"/cut o', ''],
  ['blocks that were never filled', `${OLD}\0\0\0\0`, OLD],
  ['a line of many blocks that a crash has cut', `${OLD}{"path":"${'x'.repeat(300_000)}`, OLD],
] as const)('cuts off %s, says so, and appends behind what is whole', async ([_, left, kept]) => {
  const { path, text } = scratchFile()
  writeFileSync(path, left)
  const pump = openPump(file, { path })
  await pump.start?.(noLimit())
  await pump.write([{ path: '/new' }], noLimit())
  expect(text()).toBe(`${kept}{"path":"/new"}\n`)
  expect(pump.logged).toMatchObject([{ level: 'warn', fields: { cutBytes: left.length - kept.length } }])
})

test.for([
  ['a whole line without its end', '{"path":"/old"}'],
  ['text that is no line of ours', 'somebody wrote this by hand'],
] as const)('keeps %s, and ends it', async ([_, left]) => {
  const { path, text } = scratchFile()
  writeFileSync(path, left)
  const pump = openPump(file, { path })
  await pump.start?.(noLimit())
  await pump.write([{ path: '/new' }], noLimit())
  expect(text()).toBe(`${left}\n{"path":"/new"}\n`)
  expect(pump.logged).toEqual([])
})

test('goes on behind the last line of a file that was left whole', async () => {
  const { path, text } = scratchFile()
  writeFileSync(path, '{"path":"/old"}\n')
  const pump = openPump(file, { path })
  await pump.start?.(noLimit())
  await pump.write([{ path: '/new' }], noLimit())
  expect(text()).toBe('{"path":"/old"}\n{"path":"/new"}\n')
})

test('takes back what a write brought to the file when its time runs out', async () => {
  const { path, text } = scratchFile()
  const pump = openPump(file, { path })
  await pump.start?.(noLimit())
  await pump.write([{ path: '/first' }], noLimit())
  const large = Array.from({ length: 20_000 }, (_, i) => ({ i, text: 'x'.repeat(300) }))
  const limit = new AbortController()
  const write = pump.write(large, limit.signal)
  limit.abort(new Error('time is up'))
  await expect(write).rejects.toThrow('time is up')
  await pump.write([{ path: '/last' }], noLimit())
  expect(text()).toBe('{"path":"/first"}\n{"path":"/last"}\n')
})

test.for([
  ['moved', (path: string) => renameSync(path, `${path}.moved`)],
  ['deleted', unlinkSync],
] as const)('begins a new file when somebody else has %s it, and says so', async ([_, away]) => {
  const { path, text } = scratchFile()
  const pump = openPump(file, { path })
  await pump.start?.(noLimit())
  await pump.write([{ a: 1 }], noLimit())
  away(path)
  // Somebody else is another process: what it does and what is appended next are never in one turn of the event loop.
  await turn()
  await pump.write([{ a: 2 }], noLimit())
  expect(text()).toBe('{"a":2}\n')
  expect(pump.logged).toMatchObject([{ level: 'warn', fields: { path } }])
})

test('appends at the end of a file that somebody else has emptied, without a hole', async () => {
  const { path, text } = scratchFile()
  const pump = openPump(file, { path })
  await pump.start?.(noLimit())
  await pump.write([{ a: 1 }], noLimit())
  truncateSync(path)
  await turn()
  const limit = new AbortController()
  const cut = pump.write([{ a: 2 }], limit.signal)
  limit.abort(new Error('time is up'))
  await expect(cut).rejects.toThrow('time is up')
  await pump.write([{ a: 3 }], noLimit())
  expect(text()).toBe('{"a":3}\n')
})

test('says in plain words why a path cannot be written, and starts once it can', async () => {
  const { folder } = scratchFile()
  const inTheWay = join(folder, 'in-the-way')
  writeFileSync(inTheWay, '')
  const pump = openPump(file, { path: join(inTheWay, 'records.jsonl') })
  await expect(pump.start?.(noLimit())).rejects.toMatchObject({
    code: 'PH_PUMP_RETRYABLE',
    message: expect.stringMatching(/^cannot write .*records\.jsonl: a file is in the place of its folder/),
  })
  await expect(pump.check?.(noLimit())).rejects.toThrow('cannot write')
  unlinkSync(inTheWay)
  await pump.start?.(noLimit())
  await pump.write([{ a: 1 }], noLimit())
})

test('refuses a folder and a pipe as its file instead of hanging on them', async () => {
  const { folder } = scratchFile()
  const aFolder = join(folder, 'folder')
  mkdirSync(aFolder)
  await expect(openPump(file, { path: aFolder }).start?.(noLimit())).rejects.toThrow('it is a folder (EISDIR)')
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  await expect(openPump(file, { path: pipe }).start?.(noLimit())).rejects.toThrow('it is not a regular file')
})

/** How this process has a file open, as Linux tells it. */
function openFlags(path: string): number | undefined {
  for (const descriptor of readdirSync('/proc/self/fd')) {
    try {
      if (readlinkSync(`/proc/self/fd/${descriptor}`) !== path) continue
      return Number.parseInt(
        /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1] ?? '',
        8,
      )
    } catch {
      // Closed by now.
    }
  }
  return undefined
}

test.skipIf(process.platform !== 'linux').for([
  [{}, constants.O_DSYNC],
  [{ sync: 'system' }, 0],
] as const)('with %o a write waits for the disk, or not', async ([meta, expected]) => {
  const { path } = scratchFile()
  const pump = openPump(file, { path, ...meta })
  await pump.start?.(noLimit())
  await pump.write([{ path: '/new' }], noLimit())
  expect((openFlags(path) ?? Number.NaN) & constants.O_DSYNC).toBe(expected)
})
