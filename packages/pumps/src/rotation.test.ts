import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { noLimit, openPump } from '../test/open-pump.ts'
import { scratchFile } from '../test/scratch-file.ts'
import { file } from './file.ts'
import { setAside } from './rotation.ts'

const ten = (from: number) => Array.from({ length: 10 }, (_, i) => ({ n: from + i, text: 'x'.repeat(85) }))

test('sets the file aside before a batch would make it larger than maxBytes, and loses no line', async () => {
  const { folder, path, names } = scratchFile()
  const pump = openPump(file, { path, maxBytes: '4KB' })
  await pump.start?.(noLimit())
  for (let n = 0; n < 100; n += 10) await pump.write(ten(n), noLimit())
  const files = [...names().filter(name => name !== 'records.jsonl'), 'records.jsonl'].map(name => join(folder, name))
  expect(files.length).toBe(4)
  for (const one of files) expect(statSync(one).size).toBeLessThanOrEqual(4_000)
  const lines = files.flatMap(one => readFileSync(one, 'utf8').trimEnd().split('\n'))
  expect(lines.map(line => JSON.parse(line).n)).toEqual(Array.from({ length: 100 }, (_, i) => i))
})

test('gives a batch larger than maxBytes a file of its own', async () => {
  const { path, names } = scratchFile()
  const pump = openPump(file, { path, maxBytes: '100B' })
  await pump.start?.(noLimit())
  for (const n of [0, 10]) await pump.write(ten(n), noLimit())
  expect(names().length).toBe(2)
})

test('deletes the oldest files beyond keep, says so, and touches nothing else in the folder', async () => {
  const { folder, path, names } = scratchFile()
  const stranger = join(folder, 'records.jsonl.backup')
  writeFileSync(stranger, 'mine')
  const pump = openPump(file, { path, maxBytes: '100B', keep: 2 })
  await pump.start?.(noLimit())
  for (let n = 0; n < 50; n += 10) await pump.write(ten(n), noLimit())
  const aside = names().filter(name => /T\d{6}\.\d{3}Z$/.test(name))
  expect(aside.map(name => JSON.parse(readFileSync(join(folder, name), 'utf8').split('\n')[0]!).n)).toEqual([20, 30])
  expect(readFileSync(stranger, 'utf8')).toBe('mine')
  expect(pump.logged.filter(({ message }) => message.startsWith('deleted')).length).toBe(2)
})

test('keeps every file set aside unless told how many', async () => {
  const { path, names } = scratchFile()
  const pump = openPump(file, { path, maxBytes: '100B' })
  await pump.start?.(noLimit())
  for (let n = 0; n < 50; n += 10) await pump.write(ten(n), noLimit())
  expect(names().length).toBe(5)
})

test('never sets a file aside over another', async () => {
  const { path, names } = scratchFile()
  const targets = []
  for (let i = 0; i < 5; i++) {
    writeFileSync(path, String(i))
    targets.push(await setAside(path))
  }
  expect(names().length).toBe(5)
  expect(targets.map(target => readFileSync(target, 'utf8'))).toEqual(['0', '1', '2', '3', '4'])
})
