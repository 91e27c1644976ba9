import { existsSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { noLimit, openPump } from '../../test/open-pump.ts'
import { scratchFile } from '../../test/scratch-file.ts'
import { file } from '../file.ts'
import { lockPath } from './path-lock.ts'

/** Stops the time that needs no clock; what is returned lets some of it pass. */
function ownTime(): (ms: number) => void {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  return ms => void vi.advanceTimersByTime(ms)
}

function touch(lock: string, atMs: number): void {
  utimesSync(lock, new Date(atMs), new Date(atMs))
}

test('a second pump on the same path is refused by name until the first closes, however the path is spelled', async () => {
  const { folder, path } = scratchFile()
  const first = openPump(file, { path })
  await first.start?.(noLimit())
  symlinkSync(folder, join(folder, 'link'))
  const second = openPump(file, { path: join(folder, 'link', 'records.jsonl') })
  const refusal = `records.jsonl is already being written by process ${process.pid} on ${hostname()}`
  await expect(second.start?.(noLimit())).rejects.toThrow(refusal)
  await first.close()
  await second.start?.(noLimit())
  await second.write([{ a: 1 }], noLimit())
})

test('a lock of another host is respected while it is touched, and taken over when it was left', async () => {
  const { path } = scratchFile()
  const later = ownTime()
  const lock = `${path}.lock`
  writeFileSync(lock, JSON.stringify({ token: 't', pid: 1, host: 'elsewhere' }))
  await expect(lockPath(path)).rejects.toThrow('by process 1 on elsewhere')
  later(60_000)
  await expect(lockPath(path)).rejects.toThrow('by process 1 on elsewhere')
  touch(lock, Date.now() - 60_000)
  await expect(lockPath(path)).rejects.toThrow('by process 1 on elsewhere')
  later(9_000)
  await expect(lockPath(path)).rejects.toThrow('by process 1 on elsewhere')
  later(2_000)
  const held = await lockPath(path)
  expect(held.held).toBe(true)
  await held.release()
  expect(existsSync(lock)).toBe(false)
})

test.for([-60, 60])('a lock whose holder has a clock %i min off is respected while it is touched', async minutes => {
  const { path } = scratchFile()
  const later = ownTime()
  const lock = `${path}.lock`
  writeFileSync(lock, JSON.stringify({ token: 't', pid: 1, host: 'elsewhere' }))
  for (let seconds = 0; seconds < 60; seconds += 5) {
    touch(lock, Date.now() + minutes * 60_000 + seconds * 1_000)
    await expect(lockPath(path)).rejects.toThrow('by process 1 on elsewhere')
    later(5_000)
  }
  later(6_000)
  const held = await lockPath(path)
  await held.release()
})

test('a lock with this pid that this process does not hold is one of an earlier container', async () => {
  const { path } = scratchFile()
  writeFileSync(`${path}.lock`, JSON.stringify({ token: 'earlier', pid: process.pid, host: hostname() }))
  const held = await lockPath(path)
  await held.release()
})

test('of many that want a stale lock, one gets it', async () => {
  const { path } = scratchFile()
  writeFileSync(`${path}.lock`, JSON.stringify({ token: 'gone', pid: process.pid, host: hostname() }))
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockPath(path)))
  const got = results.filter(result => result.status === 'fulfilled')
  expect(got.length).toBe(1)
  await got[0]?.value.release()
})

test('giving back a lock that another has taken over leaves the other its lock', async () => {
  const { path } = scratchFile()
  const held = await lockPath(path)
  const other = JSON.stringify({ token: 'other', pid: 1, host: 'elsewhere' })
  writeFileSync(`${path}.lock`, other)
  await held.release()
  expect(readFileSync(`${path}.lock`, 'utf8')).toBe(other)
})
