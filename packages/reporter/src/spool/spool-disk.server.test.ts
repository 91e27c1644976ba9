/** The spool on a disk that is really full, read-only, or not this user's. */

import { chmodSync, mkdirSync, mkdtempSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { mountSmallDisk, type SmallDisk, sharedServer, startProxy, startRedis, until } from '@pumphouse/testkit'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { run } from '../../test/program.ts'
import { readSet } from '../../test/read-set.ts'
import { spoolFiles } from '../../test/spool-files.ts'
import { createReporter, type Reporter } from '../reporter.ts'
import type { ReporterStats } from '../tally.ts'
import { createSegment, openSegment } from './spool-segment.ts'

const shared = sharedServer(startRedis)
const files = spoolFiles()
afterAll(async () => {
  files.remove()
  await shared.stop()
})

const DISK_KIB = 256
const PAGE_BYTES = 4096
/** All of the disk but two pages: one for a folder or a file, one that is filled. */
const NEARLY_ALL = DISK_KIB * 1024 - 2 * PAGE_BYTES
const MEMORY_RECORDS = 400

function smallDisk(skip: (reason: string) => never): SmallDisk {
  const disk = mountSmallDisk(DISK_KIB) ?? skip('a small disk (tmpfs) cannot be mounted here')
  onTestFinished(() => disk.remove())
  return disk
}

function frame(sequence: number, size: number) {
  return { sequence, count: 1, bytes: new Uint8Array(size).fill(sequence) }
}

describe('a file of the spool on a disk that is full in the middle of an entry', () => {
  it('keeps the entries that are whole, ends with the last of them, and takes the frame when there is room', ctx => {
    const disk = smallDisk(ctx.skip)
    const path = join(disk.path, '00000001.frames')
    const segment = createSegment(path)
    segment.append(frame(1, 1_000), 1)
    const { size } = statSync(path)
    disk.fill(NEARLY_ALL)
    for (let attempt = 0; attempt < 2; attempt++) {
      // Written in part: what the page that is left holds.
      expect(() => segment.append(frame(2, 50_000), 2)).toThrow(/^only \d{4,5} of 50032 bytes could be written$/)
      expect(statSync(path).size).toBe(size)
      expect(segment).toMatchObject({ frames: 1, bytes: size })
    }
    disk.fill(0)
    segment.append(frame(3, 50_000), 3)
    segment.close(undefined)
    const damage = { places: 0, bytes: 0 }
    const later = openSegment(path, damage)
    expect(later.read(10, 1_000_000).map(({ sequence }) => sequence)).toEqual([1, 3])
    expect(damage).toEqual({ places: 0, bytes: 0 })
    later.close(undefined)
  })
})

function expectLaw(stats: ReporterStats): void {
  const { created, refused, accepted, sent, spooled, queued } = stats
  const dropped = Object.values(stats.dropped).reduce((sum, count) => sum + count, 0)
  expect(created).toBe(refused + accepted)
  expect(accepted).toBe(sent + spooled + queued + dropped - refused)
}

describe.each([0, 1])('a spool that its disk refuses, with poolSize %i', poolSize => {
  /** A reporter whose Redis is away, with something on disk already. */
  async function spooling(url: string, port: number, name: string, dir: string) {
    const proxy = await startProxy(port)
    proxy.refuse()
    const warnings: string[] = []
    const reporter = createReporter({
      ...{ service: 's', batchSize: 20, flushInterval: '20ms', poolSize, analytics: { name }, spool: { dir } },
      redis: url.replace(String(port), String(proxy.port)),
      buffer: { maxRecords: MEMORY_RECORDS },
      onWarning: ({ code, message }) => warnings.push(`${code} ${message}`),
    })
    onTestFinished(async () => {
      await reporter.close({ timeout: 0 })
      await proxy.close()
    })
    for (let n = 0; n < 100; n++) reporter.record({ n })
    await until('something is on disk', () => reporter.stats().spooled === 100)
    return { proxy, reporter, warnings }
  }

  /** Until memory is full as well and records are dropped. */
  async function fill(reporter: Reporter): Promise<void> {
    let n = 100
    await until('memory is full', () => {
      for (let i = 0; i < 50; i++) reporter.record({ n: n++, text: 'x'.repeat(200) + Math.random() })
      return reporter.stats().dropped.spool_full > 0
    })
  }

  /** What waits in memory goes to the disk again, and then all of it to Redis, in order. */
  async function expectAllAfter(reporter: Reporter, url: string, name: string): Promise<void> {
    await until('everything accepted is sent', () => reporter.stats().sent === reporter.stats().accepted)
    const stats = reporter.stats()
    expectLaw(stats)
    const numbers = (await readSet(url, name)).records.map(record => Number(record['n']))
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
    expect(numbers).toHaveLength(stats.accepted)
  }

  it('because it is full leaves to memory what that can hold, counts the rest, and goes on when there is room', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const disk = smallDisk(ctx.skip)
    const name = `enospc-${poolSize}`
    const { proxy, reporter, warnings } = await spooling(redis.url, redis.port, name, join(disk.path, 'spool'))
    disk.fill(NEARLY_ALL - 10 * PAGE_BYTES)
    await fill(reporter)
    const { spool, spooled, accepted } = reporter.stats()
    expect(spool.refusing).toMatch(/^(only \d+ of \d+ bytes could be written|ENOSPC: no space left on device, .*)$/)
    expect(accepted - spooled).toBe(MEMORY_RECORDS)
    expectLaw(reporter.stats())
    expect(warnings.filter(warning => warning.startsWith('PH_REPORTER_SPOOL'))).toHaveLength(1)
    disk.fill(0)
    await until('memory goes to disk', () => reporter.stats().spooled === accepted)
    expect(reporter.stats().spool.refusing).toBeUndefined()
    proxy.heal()
    await expectAllAfter(reporter, redis.url, name)
  })

  it('because it is read-only from the start does the same', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const disk = smallDisk(ctx.skip)
    disk.readOnly(true)
    const name = `erofs-${poolSize}`
    const reporter = createReporter({
      ...{ service: 's', batchSize: 20, flushInterval: '20ms', poolSize, analytics: { name } },
      ...{ redis: 'redis://127.0.0.1:1', spool: { dir: join(disk.path, 'spool') }, onWarning: () => undefined },
      buffer: { maxRecords: MEMORY_RECORDS },
    })
    await until('it is said', () => reporter.stats().spool.refusing !== undefined)
    expect(reporter.stats().spool.refusing).toMatch(/^EROFS: read-only file system/)
    await fill(reporter)
    expect(reporter.stats()).toMatchObject({ spooled: 0, queued: MEMORY_RECORDS, dropped: { buffer_full: 0 } })
    expectLaw(reporter.stats())
    disk.readOnly(false)
    await until('memory goes to disk', () => reporter.stats().spooled === MEMORY_RECORDS)
    expect(reporter.stats().spool.refusing).toBeUndefined()
    await reporter.close()
    const next = createReporter({
      ...{ service: 's', redis: redis.url, analytics: { name }, spool: { dir: join(disk.path, 'spool') } },
    })
    await until('it is adopted', () => next.stats().spool.adopted === MEMORY_RECORDS)
    await next.close()
  })

  it('because the folder is not this user’s does the same, and at the exit what was in memory is counted', async () => {
    const parent = mkdtempSync(join(files.dir, 'foreign-'))
    const dir = join(parent, 'spool')
    mkdirSync(dir)
    chmodSync(files.dir, 0o755)
    chmodSync(parent, 0o755)
    chmodSync(dir, 0o555)
    const options = { service: 's', redis: 'redis://127.0.0.1:1', poolSize, spool: { dir }, flushInterval: 20 }
    const ended = await run(`
      // For root no folder is another's.
      if (process.getuid() === 0) process.setuid(65534)
      const reporter = createReporter({ ...${JSON.stringify(options)}, onWarning: () => undefined })
      for (let n = 0; n < 1000; n++) reporter.record({ n })
      while (reporter.stats().spool.refusing === undefined) await new Promise(resolve => setTimeout(resolve, 10))
      process.on('exit', () => console.log(JSON.stringify(reporter.stats())))
      const held = reporter.stats()
      console.log(JSON.stringify(held))
      process.exit()`)
    const [held, atExit] = ended.output
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as ReporterStats)
    expect(held?.spool.refusing).toMatch(/^EACCES: permission denied/)
    expect(held).toMatchObject({ queued: 1000, spooled: 0 })
    expect(atExit).toMatchObject({ queued: 0, spooled: 0, dropped: { spool_full: 1000 } })
  })
})

it.for([
  ['a folder of another user', 'EACCES: permission denied, scandir'],
  ['a file', 'ENOTDIR: not a directory, scandir'],
] as const)('beside %s, which cannot be adopted, everything else is; a warning names it', async ([what, why], ctx) => {
  const redis = await shared.orSkip(ctx.skip)
  const dir = mkdtempSync(join(files.dir, 'beside-'))
  chmodSync(files.dir, 0o755)
  chmodSync(dir, 0o777)
  const options = { service: 's', analytics: { name: 'beside' }, spool: { dir } }
  const foreign = join(dir, 'beside', 'other-1~1-0')
  const ended = await run(`
    import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
    // For root no folder is another's.
    if (process.getuid() === 0) process.setuid(65534)
    const options = ${JSON.stringify(options)}
    const away = createReporter({ ...options, redis: 'redis://127.0.0.1:1', onWarning: () => undefined })
    for (let n = 0; n < 10; n++) away.record({ n })
    await away.close()
    const foreign = ${JSON.stringify(foreign)}
    if (${what === 'a file'}) writeFileSync(foreign, '')
    else mkdirSync(foreign, { mode: 0 })
    utimesSync(foreign, 0, 0)
    const warnings = []
    const onWarning = ({ code, message }) => warnings.push(code + ' ' + message)
    const next = createReporter({ ...options, redis: ${JSON.stringify(redis.url)}, poolSize: 2, onWarning })
    const waits = () => next.stats().spool.adopted < 10 || warnings.length === 0
    for (let i = 0; i < 500 && waits(); i++) await new Promise(resolve => setTimeout(resolve, 10))
    console.log(JSON.stringify({ spool: (await next.close()).spool, warnings }))`)
  const { spool, warnings } = JSON.parse(ended.output) as { spool: ReporterStats['spool']; warnings: string[] }
  expect(spool).toMatchObject({ adopted: 10 })
  expect(spool).not.toHaveProperty('refusing')
  expect(warnings).toEqual([
    `PH_REPORTER_SPOOL a folder of the spool is left as it is, it cannot be adopted: ${why} '${foreign}'`,
  ])
})
