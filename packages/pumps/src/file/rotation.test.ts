import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { until } from '@pumphouse/testkit'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { noLimit, openPump } from '../../test/open-pump.ts'
import { scratchFile } from '../../test/scratch-file.ts'
import { file } from '../file.ts'
import { setAside } from './rotation.ts'

const HOUR_MS = 3_600_000

/** Stops the time that needs no clock; what is returned lets some of it pass. */
function ownTime(): (ms: number) => void {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  return ms => void vi.advanceTimersByTime(ms)
}

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
  const aside = () => names().filter(name => /T\d{6}\.\d{3}Z$/.test(name))
  await until('the oldest are deleted', () => aside().length === 2)
  expect(aside().map(name => JSON.parse(readFileSync(join(folder, name), 'utf8').split('\n')[0]!).n)).toEqual([20, 30])
  expect(readFileSync(stranger, 'utf8')).toBe('mine')
  await until('it has said so', () => pump.logged.some(({ message }) => message.startsWith('deleted')))
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

test('sets the file aside before more is written to one that is older than maxAge', async () => {
  const { path, text, names } = scratchFile()
  const later = ownTime()
  const pump = openPump(file, { path, maxAge: '1h' })
  await pump.start?.(noLimit())
  await pump.write([{ n: 1 }], noLimit())
  later(HOUR_MS / 2)
  await pump.write([{ n: 2 }], noLimit())
  expect(names().length).toBe(1)
  later(HOUR_MS / 2)
  await pump.write([{ n: 3 }], noLimit())
  expect(text()).toBe('{"n":3}\n')
  expect(names().length).toBe(2)
})

describe('a clock that is set', () => {
  const DAY_MS = 24 * HOUR_MS
  const offBy = (ms: number): void => void vi.setSystemTime(Date.now() + ms)
  /** Lets time pass by the clock and without it. */
  const later = (ms: number): void => void vi.advanceTimersByTime(ms)
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  test('forward by days sets no file aside before its age', async () => {
    const { path, names } = scratchFile()
    const pump = openPump(file, { path, maxAge: '1h' })
    await pump.start?.(noLimit())
    await pump.write([{ n: 1 }], noLimit())
    offBy(5 * DAY_MS)
    await pump.write([{ n: 2 }], noLimit())
    expect(names()).toHaveLength(1)
    await pump.close()
  })

  test('back by days sets no file aside after its age', async () => {
    const { path, names } = scratchFile()
    const pump = openPump(file, { path, maxAge: '1h' })
    await pump.start?.(noLimit())
    await pump.write([{ n: 1 }], noLimit())
    offBy(-5 * DAY_MS)
    later(HOUR_MS)
    await pump.write([{ n: 2 }], noLimit())
    expect(names()).toHaveLength(2)
    await pump.close()
  })

  test('back takes a file that was begun in the future for a new one', async () => {
    const { path, names } = scratchFile()
    writeFileSync(path, '{"n":0}\n')
    offBy(-10 * DAY_MS)
    const pump = openPump(file, { path, maxAge: '1h' })
    await pump.start?.(noLimit())
    later(HOUR_MS)
    await pump.write([{ n: 1 }], noLimit())
    expect(names()).toHaveLength(2)
    await pump.close()
  })

  test('back leaves the order of files set aside: the oldest go, not those just written', async () => {
    const { folder, path, names } = scratchFile()
    const pump = openPump(file, { path, maxBytes: '100B', keep: 2 })
    await pump.start?.(noLimit())
    for (let n = 0; n < 60; n += 10) {
      if (n === 30) offBy(-10 * DAY_MS)
      await pump.write(ten(n), noLimit())
    }
    await pump.close()
    const aside = names().filter(name => name !== 'records.jsonl')
    const firsts = aside.map(name => JSON.parse(readFileSync(join(folder, name), 'utf8').split('\n')[0]!).n)
    expect(firsts.slice(-2)).toEqual([30, 40])
    expect(firsts).toEqual(firsts.toSorted((a, b) => a - b))
  })
})

test('compresses files set aside beside the writing, whole, and removes what it was made of', async () => {
  const { folder, path, names } = scratchFile()
  const left = join(folder, 'records.jsonl.20250101T000000.000Z')
  writeFileSync(left, '{"n":"left by a crash"}\n')
  writeFileSync(`${left}.gz.part`, 'half')
  const pump = openPump(file, { path, maxBytes: '100B', compress: true })
  await pump.start?.(noLimit())
  for (let n = 0; n < 30; n += 10) await pump.write(ten(n), noLimit())
  await until('all are compressed', () => names().filter(name => name.endsWith('.gz')).length === 3)
  await until('only whole ones are left', () => names().length === 4)
  const texts = names()
    .slice(1)
    .map(name => gunzipSync(readFileSync(join(folder, name))).toString())
  expect(texts.flatMap(text => text.trimEnd().split('\n')).map(line => JSON.parse(line).n)).toEqual([
    'left by a crash',
    ...Array.from({ length: 20 }, (_, i) => i),
  ])
})

test('deletes files set aside longer ago than keepFor, compressed or not, and only those', async () => {
  const { folder, path, names } = scratchFile()
  const old = ['records.jsonl.20200101T000000.000Z', 'records.jsonl.20200102T000000.000Z.gz']
  const kept = ['records.jsonl.20200101', 'other.jsonl.20200101T000000.000Z', 'records.jsonl.20201399T000000.000Z']
  for (const name of [...old, ...kept]) writeFileSync(join(folder, name), '')
  const pump = openPump(file, { path, maxBytes: '100B', keepFor: '30d' })
  await pump.start?.(noLimit())
  for (let n = 0; n < 20; n += 10) await pump.write(ten(n), noLimit())
  await until('the old ones are gone', () => !names().some(name => old.includes(name)))
  expect(names()).toEqual(expect.arrayContaining(kept))
  expect(names().length).toBe(kept.length + 2)
})
