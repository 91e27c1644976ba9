/** What the spool promises while its process lives: Redis goes and comes, the folder is full or cannot be written, workers die. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { connectRedis } from '@pumphouse/queue'
import { type RunningServer, sharedServer, startProxy, startRedis, until } from '@pumphouse/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { readSet, timesSeen } from '../../test/read-set.ts'
import { spoolFiles } from '../../test/spool-files.ts'
import { startThreadRunner, startWorker } from '../lane/thread-runner.ts'
import { loadReporterOptions, type ReporterOptions } from '../options.ts'
import { createReporter, type Reporter, startReporter } from '../reporter.ts'
import type { ReporterStats } from '../tally.ts'

const shared = sharedServer(startRedis)
const disk = spoolFiles()
afterAll(async () => {
  disk.remove()
  await shared.stop()
})

const quick = { service: 's', batchSize: 20, flushInterval: '20ms', onWarning: () => undefined } as const

/** Below what alone would count as behind. */
const ROUND_TRIP_MS = 150
/** Until what waits in memory would be beyond its bounds. */
const FAR_MS = 4_000

function expectLaw(stats: ReporterStats): void {
  const { created, sampledOut, refused, accepted, sent, spooled, queued } = stats
  const dropped = Object.values(stats.dropped).reduce((sum, count) => sum + count, 0)
  expect(created).toBe(sampledOut + refused + accepted)
  expect(accepted).toBe(sent + spooled + queued + dropped - refused)
}

/** Records n = first … first + count − 1, a few at a time, so that batches close as they do in life. */
async function recordSome(reporter: Reporter, first: number, count: number): Promise<void> {
  for (let n = first; n < first + count; n++) {
    reporter.record({ n })
    if (n % 100 === 0) await new Promise(resolve => setTimeout(resolve, 1))
  }
}

async function expectEachOnceInOrder(url: string, name: string, count: number): Promise<void> {
  const { records } = await readSet(url, name)
  expect(records.map(record => record['n'])).toEqual(Array.from({ length: count }, (_, n) => n))
}

describe.each([
  [0, 'auto'],
  [1, 'auto'],
  [0, 'always'],
  [1, 'always'],
] as const)('with poolSize %i and mode %s', (poolSize, mode) => {
  async function proxied(redis: RunningServer, name: string, more: ReporterOptions = {}) {
    const proxy = await startProxy(redis.port)
    const options = { ...quick, redis: `redis://127.0.0.1:${proxy.port}`, analytics: { name }, poolSize }
    return { proxy, reporter: createReporter({ ...options, spool: { mode, dir: disk.dir }, ...more }) }
  }

  it('far more records than memory holds outlive an outage, in order and once each; the folder is empty afterwards', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const name = `outage-${poolSize}-${mode}`
    const { proxy, reporter } = await proxied(redis, name, { buffer: { maxRecords: 500 } })
    await recordSome(reporter, 0, 300)
    expect(await reporter.flush()).toBe(true)
    await until('they are in the set', () => reporter.stats().sent === 300)
    proxy.cut()
    proxy.refuse()
    await until('the outage is noticed', () => reporter.stats().redis === 'down')
    for (let n = 300; n < 10_300; n += 200) {
      await recordSome(reporter, n, 200)
      expect(await reporter.flush()).toBe(true)
    }
    expect(reporter.stats()).toMatchObject({ sent: 300, spooled: 10_000, queued: 0, redis: 'down' })
    expect(reporter.stats().spool.bytes).toBeGreaterThan(10_000)
    expectLaw(reporter.stats())
    proxy.heal()
    await until('the spool is drained', () => reporter.stats().sent === 10_300, 20_000)
    await recordSome(reporter, 10_300, 100)
    const stats = await reporter.close()
    expect(stats).toMatchObject({ sent: 10_400, spooled: 0, queued: 0, spool: { frames: 0, adopted: 0, corrupt: 0 } })
    expectLaw(stats)
    await proxy.close()
    expect(disk.folders(name)).toEqual([])
    await expectEachOnceInOrder(redis.url, name, 10_400)
  })

  it('a Redis so far away that it takes less than comes, however steadily, is slow: the rest goes to disk, not past the bounds of memory', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const name = `far-${poolSize}-${mode}`
    const { proxy, reporter } = await proxied(redis, name, { batchSize: 5, buffer: { maxRecords: 4_000 } })
    await until('a connection', () => reporter.stats().redis === 'up')
    proxy.latency('toClient', ROUND_TRIP_MS)
    let n = 0
    for (const end = performance.now() + FAR_MS; performance.now() < end; await sleep(5)) {
      await recordSome(reporter, n, 10)
      n += 10
    }
    expect(reporter.stats()).toMatchObject({ accepted: n, dropped: { buffer_full: 0 } })
    expect(reporter.stats().spooled).toBeGreaterThan(0)
    expectLaw(reporter.stats())
    proxy.heal()
    await until('the spool is drained', () => reporter.stats().sent === n, 20_000)
    await reporter.close()
    await proxy.close()
    await expectEachOnceInOrder(redis.url, name, n)
  })

  it('a Redis that takes commands and answers nothing is slow: records go to disk, and arrive once', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const name = `slow-${poolSize}-${mode}`
    const { proxy, reporter } = await proxied(redis, name)
    await recordSome(reporter, 0, 100)
    await until('they are in the set', () => reporter.stats().sent === 100)
    proxy.silence('toClient')
    await recordSome(reporter, 100, 400)
    await until('they are on disk', () => reporter.stats().spooled === 400)
    expect(reporter.stats().queued).toBe(0)
    proxy.cut()
    proxy.heal()
    await until('the spool is drained', () => reporter.stats().sent === 500, 20_000)
    await reporter.close()
    await proxy.close()
    await expectEachOnceInOrder(redis.url, name, 500)
  })
})

it('what a silent Redis leaves in memory is on disk before the process closes, however little it is', async ctx => {
  const redis = await shared.orSkip(ctx.skip)
  const proxy = await startProxy(redis.port)
  const given = { ...quick, analytics: { name: 'little' }, spool: { dir: disk.dir } }
  const reporter = createReporter({ ...given, redis: `redis://127.0.0.1:${proxy.port}` })
  await until('a connection', () => reporter.stats().redis === 'up')
  proxy.silence('toServer')
  reporter.record({ n: 0 })
  const stats = await reporter.close({ timeout: '4s' })
  expect(stats).toMatchObject({ sent: 0, spooled: 1, dropped: { closed: 0 } })
  await proxy.close()
  const next = createReporter({ ...given, redis: redis.url })
  await until('it is adopted', () => next.stats().spool.adopted === 1)
  await next.close()
  await expectEachOnceInOrder(redis.url, 'little', 1)
})

it('what Redis refuses of an adopted folder is said, and taken once it is put right', async ctx => {
  const redis = await shared.orSkip(ctx.skip)
  const name = 'adopt-refused'
  const away = createReporter({ ...quick, redis: 'redis://127.0.0.1:1', analytics: { name }, spool: { dir: disk.dir } })
  for (let n = 0; n < 100; n++) away.record({ n })
  expect(await away.close()).toMatchObject({ spooled: 100 })
  const client = connectRedis({ url: redis.url }, 'test')
  await until('a connection', () => client.status === 'ready')
  await client.set(`{${name}:0}:frames`, 'no stream')
  const warnings: string[] = []
  const onWarning = ({ message }: Error): void => void warnings.push(message)
  const next = createReporter({ ...quick, redis: redis.url, analytics: { name }, spool: { dir: disk.dir }, onWarning })
  await until('it is said', () => warnings.length > 0)
  expect(warnings[0]).toContain('WRONGTYPE')
  expect(next.stats()).toMatchObject({ redis: 'refusing', spool: { adopted: 0 } })
  await client.del(`{${name}:0}:frames`)
  client.disconnect()
  await until('it is adopted', () => next.stats().spool.adopted === 100, 20_000)
  expect(next.stats().redis).toBe('up')
  await next.close()
  expect(warnings).toHaveLength(1)
  await expectEachOnceInOrder(redis.url, name, 100)
})

describe('a spool that takes nothing', () => {
  it('because its folder cannot be made costs no record that memory can hold, and is said once', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const dir = join(disk.dir, 'a-file')
    writeFileSync(dir, '')
    const proxy = await startProxy(redis.port)
    proxy.refuse()
    const warnings: string[] = []
    const reporter = createReporter({
      ...quick,
      redis: `redis://127.0.0.1:${proxy.port}`,
      analytics: { name: 'refused' },
      spool: { dir },
      buffer: { maxRecords: 200 },
      onWarning: ({ code }) => warnings.push(code),
    })
    await until('it is said', () => reporter.stats().spool.refusing !== undefined)
    for (let n = 0; n < 300; n++) reporter.record({ n })
    const stats = reporter.stats()
    expect(stats).toMatchObject({ queued: 200, spooled: 0, refused: 100, dropped: { spool_full: 100, buffer_full: 0 } })
    expectLaw(stats)
    // The folder can be made now: what waits in memory goes to it without a restart.
    rmSync(dir)
    mkdirSync(dir)
    await until('they are on disk', () => reporter.stats().spooled === 200, 20_000)
    expect(reporter.stats().spool.refusing).toBeUndefined()
    proxy.heal()
    await until('the spool is drained', () => reporter.stats().sent === 200, 20_000)
    await reporter.close()
    await proxy.close()
    expect(warnings.sort()).toEqual(['PH_REDIS_AWAY', 'PH_REPORTER_BUFFER_FULL', 'PH_REPORTER_SPOOL'])
    await expectEachOnceInOrder(redis.url, 'refused', 200)
  })

  const bounds = { maxBytes: { maxBytes: 20_000 }, maxFiles: { maxFiles: 1 } }

  it.for(['maxBytes', 'maxFiles'] as const)(
    'because of %s counts what memory cannot hold either, and keeps the order of what it can',
    async (bound, ctx) => {
      const redis = await shared.orSkip(ctx.skip)
      const proxy = await startProxy(redis.port)
      proxy.refuse()
      const name = `full-${bound}`
      const foreign = join(disk.dir, name, 'other-1~1-0')
      mkdirSync(foreign, { recursive: true })
      if (bound === 'maxFiles') writeFileSync(join(foreign, '00000001.frames'), '')
      const reporter = createReporter({
        ...quick,
        redis: `redis://127.0.0.1:${proxy.port}`,
        analytics: { name },
        spool: { dir: disk.dir, ...bounds[bound] },
        buffer: { maxRecords: 400 },
      })
      await until('the outage is noticed', () => reporter.stats().redis === 'down' && 'lastError' in reporter.stats())
      await recordSome(reporter, 0, 3_000)
      let n = 3_000
      await until('memory is full', () => reporter.stats().dropped.spool_full > 0 || !reporter.record({ n: n++ }))
      const { spooled, accepted } = reporter.stats()
      expect(accepted).toBe(spooled + 400)
      expectLaw(reporter.stats())
      expect(disk.files(name)).toHaveLength(1)
      proxy.heal()
      await until('everything accepted is sent', () => reporter.stats().sent === accepted, 20_000)
      expectLaw(await reporter.close())
      await proxy.close()
      const { records } = await readSet(redis.url, name)
      const numbers = records.map(record => Number(record['n']))
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
      expect(numbers).toHaveLength(accepted)
    },
  )
})

it('a worker may die while frames are on disk: its successor drains them, and nothing is lost or doubled', async ctx => {
  const redis = await shared.orSkip(ctx.skip)
  const proxy = await startProxy(redis.port)
  const name = 'worker-dies'
  const workers: Worker[] = []
  const settings = loadReporterOptions(
    {
      ...quick,
      redis: `redis://127.0.0.1:${proxy.port}`,
      analytics: { name },
      spool: { mode: 'always', dir: disk.dir },
    },
    {},
  )
  const reporter = startReporter(settings, (lane, listener) =>
    startThreadRunner(lane, listener, of => {
      const worker = startWorker(of)
      workers.push(worker)
      return worker
    }),
  )
  for (let round = 0; round < 3; round++) {
    if (round === 1) proxy.cut()
    if (round === 1) proxy.refuse()
    await recordSome(reporter, round * 1000, 1000)
    await workers.at(-1)?.terminate()
    await until('a successor', () => workers.length === round + 2)
  }
  proxy.heal()
  await until('everything is sent', () => reporter.stats().sent === 3000, 20_000)
  expectLaw(reporter.stats())
  expect(await reporter.close()).toMatchObject({ spooled: 0, queued: 0 })
  await proxy.close()
  const { records } = await readSet(redis.url, name)
  expect([records.length, timesSeen(records, 'n').size]).toEqual([3000, 3000])
})

it('mode always without a folder is refused at the start', () => {
  expect(() => createReporter({ service: 's', spool: { mode: 'always' } })).toThrow(/spool\.dir/)
})
