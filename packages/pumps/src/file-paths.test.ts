import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { noLimit, openPump } from '../test/open-pump.ts'
import { scratchFile } from '../test/scratch-file.ts'
import { file } from './file.ts'

const DAY_MS = 86_400_000
const timestamp = Date.UTC(2026, 10, 21, 12)
const linesOf = (path: string): unknown[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line).n)

test('divides a batch by time and field, each file in the order of the batch', async () => {
  const { folder } = scratchFile()
  const pump = openPump(file, { path: join(folder, '{service}/{yyyy-MM-dd}.jsonl') })
  await pump.start?.(noLimit())
  const batch = Array.from({ length: 40 }, (_, n) => ({
    n,
    service: n % 2 === 0 ? 'even' : '../odd',
    timestamp: timestamp + (n < 20 ? 0 : DAY_MS),
  }))
  expect(await pump.write(batch, noLimit())).toEqual({ rejected: [] })
  expect(readdirSync(folder).sort()).toEqual(['__odd', 'even'])
  expect(linesOf(join(folder, 'even', '2026-11-21.jsonl'))).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18])
  expect(linesOf(join(folder, '__odd', '2026-11-22.jsonl'))).toEqual([21, 23, 25, 27, 29, 31, 33, 35, 37, 39])
})

test('sends again only the records whose file could not be written, and rejects by the position in the batch', async () => {
  const { folder } = scratchFile()
  const pump = openPump(file, { path: join(folder, '{service}.jsonl') })
  await pump.start?.(noLimit())
  const inTheWay = join(folder, 'b.jsonl')
  mkdirSync(inTheWay)
  const cycle: Record<string, unknown> = { service: 'a' }
  cycle['self'] = cycle
  const batch = [{ service: 'b', n: 0 }, { service: 'a', n: 1 }, { service: 'b', n: 2 }, cycle]
  expect(await pump.write(batch, noLimit())).toMatchObject({
    rejected: [{ index: 3, reason: 'unserializable' }],
    retry: {
      indexes: [0, 2],
      error: { code: 'PH_PUMP_RETRYABLE', message: expect.stringContaining('it is a folder') },
    },
  })
  rmdirSync(inTheWay)
  expect(await pump.write([batch[0], batch[2]] as never, noLimit())).toEqual({ rejected: [] })
  expect(linesOf(join(folder, 'a.jsonl'))).toEqual([1])
  expect(linesOf(inTheWay)).toEqual([0, 2])
})

test('has no more files open than it may, and goes on with each', async () => {
  const { folder } = scratchFile()
  const pump = openPump(file, { path: join(folder, '{n}.jsonl'), maxOpenFiles: 3 })
  await pump.start?.(noLimit())
  for (let round = 0; round < 2; round++) {
    await pump.write(
      Array.from({ length: 20 }, (_, n) => ({ n })),
      noLimit(),
    )
    expect(readdirSync(folder).filter(name => name.endsWith('.lock')).length).toBe(3)
  }
  for (let n = 0; n < 20; n++) expect(linesOf(join(folder, `${n}.jsonl`))).toEqual([n, n])
  await pump.close()
  expect(readdirSync(folder).filter(name => name.endsWith('.lock'))).toEqual([])
})

test('says at the start that the folder of a divided path may not be written to, and makes no file', async () => {
  const { folder } = scratchFile()
  const inTheWay = join(folder, 'in-the-way')
  writeFileSync(inTheWay, '')
  const refused = openPump(file, { path: join(inTheWay, '{a}.jsonl') }).start?.(noLimit())
  await expect(refused).rejects.toThrow('a part of its path is not a folder')
  await openPump(file, { path: join(folder, 'deep/{a}.jsonl') }).start?.(noLimit())
  expect(existsSync(join(folder, 'deep'))).toBe(false)
})

test('refuses a path whose braces do not match, and columns given twice, by their names', () => {
  expect(() => openPump(file, { path: './{a.jsonl' })).toThrow(/meta\.path|path/)
  expect(() => openPump(file, { path: './a', csv: { columns: ['a', 'a'] } })).toThrow(/csv\.columns/)
})
