import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '@pumphouse/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { digestFiles, watchFiles } from './watch-files.ts'

const SETTLE_MS = 20
/** So long that only an event can be what was noticed. */
const NEVER_MS = 1_000_000

/** A folder with pump.yaml in it, and a counter of what the watch told. */
async function watched(options: { pollMs?: number; more?: readonly string[] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'pumphouse-watch-'))
  const file = join(folder, 'pump.yaml')
  writeFileSync(file, 'first')
  const files = [file, ...(options.more ?? []).map(name => join(folder, name))]
  const counted = { folder, file, times: 0 }
  const seen = await digestFiles(files)
  const onChange = () => {
    counted.times += 1
  }
  const watch = watchFiles({ files, seen, onChange, pollMs: options.pollMs ?? NEVER_MS, settleMs: SETTLE_MS })
  onTestFinished(() => {
    watch.stop()
    rmSync(folder, { recursive: true })
  })
  // The look with which it begins.
  await sleep(4 * SETTLE_MS)
  return Object.assign(counted, {
    watch,
    told: (times: number) => until(`${times} changes to be told`, () => counted.times === times),
  })
}

test('a write in place, a rename over the file, and a file made anew are each told once', async () => {
  const { folder, file, told } = await watched()
  writeFileSync(file, 'second')
  await told(1)
  writeFileSync(join(folder, 'pump.yaml.swp'), 'third')
  renameSync(join(folder, 'pump.yaml.swp'), file)
  await told(2)
  unlinkSync(file)
  await told(3)
  writeFileSync(file, 'fourth')
  await told(4)
})

test('a ConfigMap that is swapped by its link is told, though its files keep their names', async () => {
  const { folder, file, told } = await watched()
  unlinkSync(file)
  for (const [version, text] of [
    ['..1', 'one'],
    ['..2', 'two'],
  ] as const) {
    mkdirSync(join(folder, version))
    writeFileSync(join(folder, version, 'pump.yaml'), text)
  }
  symlinkSync('..1', join(folder, '..data'))
  symlinkSync(join('..data', 'pump.yaml'), file)
  await told(1)
  symlinkSync('..2', join(folder, '..data_tmp'))
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
  await told(2)
})

test('what changes without an event is found by the look that comes every so often', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pumphouse-elsewhere-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const behindLink = join(folder, 'real.yaml')
  writeFileSync(behindLink, 'first')
  const { file, told } = await watched({ pollMs: 50 })
  unlinkSync(file)
  symlinkSync(behindLink, file)
  // The same content, reached another way, is no change.
  await sleep(200)
  writeFileSync(behindLink, 'second')
  await told(1)
})

test('a touch, a rewrite of the same and other files in the folder are no change', async () => {
  const counted = await watched({ pollMs: 50 })
  utimesSync(counted.file, new Date(), new Date())
  writeFileSync(counted.file, 'first')
  writeFileSync(join(counted.folder, 'records.jsonl'), '{}')
  await sleep(300)
  expect(counted.times).toBe(0)
})

test('a file that is written in steps is told when it rests', async () => {
  const counted = await watched()
  writeFileSync(counted.file, '')
  // On a busy machine a step may take so long that the file did rest meanwhile.
  let rests = 0
  for (let step = 1; step <= 10; step++) {
    const before = performance.now()
    writeFileSync(counted.file, `step ${step}`)
    await sleep(SETTLE_MS / 4)
    if (performance.now() - before >= SETTLE_MS) rests += 1
  }
  writeFileSync(counted.file, 'whole')
  await until('a change is told', () => counted.times > 0)
  await sleep(5 * SETTLE_MS)
  expect(counted.times).toBeLessThanOrEqual(2 + rests)
})

test('a secret file counts as much as the file itself, and one that is not there yet may come', async () => {
  const { folder, told } = await watched({ more: ['token'] })
  writeFileSync(join(folder, 'token'), 'hunter2')
  await told(1)
  writeFileSync(join(folder, 'token'), 'hunter3')
  await told(2)
})

test('nothing is told after the stop, nor for a change that was taken back at once', async () => {
  const counted = await watched({ pollMs: 50 })
  writeFileSync(counted.file, 'x')
  writeFileSync(counted.file, 'first')
  await sleep(200)
  expect(counted.times).toBe(0)
  counted.watch.stop()
  writeFileSync(counted.file, 'second')
  await sleep(200)
  expect(counted.times).toBe(0)
})
