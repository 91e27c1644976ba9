/** What happens to records when Redis or a worker goes away: each arrives, and none twice. */

import type { Worker } from 'node:worker_threads'
import { connectRedis } from '@pumphouse/queue'
import { type RunningServer, sharedServer, startProxy, startRedis, until } from '@pumphouse/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { readSet, timesSeen } from '../test/read-set.ts'
import { startThreadRunner, startWorker } from './lane/thread-runner.ts'
import { loadReporterOptions, type ReporterOptions } from './options.ts'
import { createReporter, type Reporter, startReporter } from './reporter.ts'

const shared = sharedServer(startRedis)
const lasting = sharedServer(() => startRedis(['--appendonly', 'yes', '--appendfsync', 'always']))
afterAll(() => Promise.all([shared.stop(), lasting.stop()]))

/** Records numbered from `first`, a few at a time, until `stop` says so. */
async function keepRecording(reporter: Reporter, first: number, stop: () => boolean): Promise<number> {
  let n = first
  while (!stop()) {
    for (let i = 0; i < 50; i++) reporter.record({ n: n++ })
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  return n
}

async function expectEachOnce(url: string, name: string, count: number): Promise<void> {
  const { records } = await readSet(url, name)
  const seen = timesSeen(records, 'n')
  expect(seen.size).toBe(count)
  expect(records).toHaveLength(count)
  expect(new Set(records.map(record => record.id)).size).toBe(count)
}

const quick = { service: 's', batchSize: 20, flushInterval: '20ms', onWarning: () => undefined } as const

describe.each([0, 1])('with poolSize %i', poolSize => {
  it('Redis may be away at the start: said once, and sent by itself when it comes', async ctx => {
    const redis: RunningServer = await lasting.orSkip(ctx.skip)
    const proxy = await startProxy(redis.port)
    proxy.refuse()
    const warnings: string[] = []
    const name = `late-${poolSize}`
    const reporter = createReporter({
      ...quick,
      redis: `redis://127.0.0.1:${proxy.port}`,
      analytics: { name },
      poolSize,
      onWarning: ({ code }) => warnings.push(code),
    })
    for (let n = 0; n < 500; n++) reporter.record({ n })
    await until('a warning', () => warnings.length > 0)
    expect(reporter.stats()).toMatchObject({ redis: 'down', sent: 0, queued: 500 })
    expect(await reporter.flush({ timeout: '300ms' })).toBe(false)
    proxy.heal()
    expect(await reporter.flush({ timeout: '20s' })).toBe(true)
    expect(warnings).toEqual(['PH_REDIS_AWAY'])
    expect(reporter.stats()).toMatchObject({ redis: 'up', sent: 500 })
    await reporter.close()
    await proxy.close()
    await expectEachOnce(redis.url, name, 500)
  })

  it('Redis may be killed and come back in the middle of traffic', async ctx => {
    const redis = await lasting.orSkip(ctx.skip)
    const name = `killed-${poolSize}`
    const reporter = createReporter({ ...quick, redis: redis.url, analytics: { name }, poolSize })
    let stop = false
    const recording = keepRecording(reporter, 0, () => stop)
    await until('the first records are sent', () => reporter.stats().sent > 500)
    await redis.kill()
    await until('the outage is noticed', () => reporter.stats().redis === 'down')
    await redis.restart()
    const sent = reporter.stats().sent
    await until('records flow again', () => reporter.stats().sent > sent + 500)
    stop = true
    const count = await recording
    const stats = await reporter.close({ timeout: '20s' })
    expect(stats).toMatchObject({ created: count, sent: count, queued: 0 })
    await expectEachOnce(redis.url, name, count)
  })

  it('replies may get lost: what is pushed again is not doubled', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const proxy = await startProxy(redis.port)
    const name = `lost-${poolSize}`
    const reporter = createReporter({
      ...quick,
      redis: `redis://127.0.0.1:${proxy.port}`,
      analytics: { name },
      poolSize,
    })
    let stop = false
    const recording = keepRecording(reporter, 0, () => stop)
    for (let round = 0; round < 5; round++) {
      const { sent } = reporter.stats()
      await until('records flow', () => reporter.stats().sent > sent + 100)
      proxy.silence('toClient')
      await new Promise(resolve => setTimeout(resolve, 20))
      proxy.cut()
      proxy.heal()
    }
    stop = true
    const count = await recording
    const stats = await reporter.close({ timeout: '20s' })
    expect(stats).toMatchObject({ created: count, sent: count })
    await proxy.close()
    await expectEachOnce(redis.url, name, count)
  })
})

it('a line of ten kilobytes a second brings what piled up: pushes become smaller until one gets through', async ctx => {
  const redis = await shared.orSkip(ctx.skip)
  const proxy = await startProxy(redis.port)
  ctx.onTestFinished(() => proxy.close())
  proxy.bandwidth('toServer', 10_000)
  const reporter = createReporter({
    ...quick,
    redis: { url: `redis://127.0.0.1:${proxy.port}`, commandTimeout: '1s' },
    analytics: { name: 'slow-line' },
    compress: false,
  })
  // 24 frames of some 6 kB: sixteen at once take ten times the command timeout.
  for (let n = 0; n < 480; n++) reporter.record({ n, noise: 'x'.repeat(300) })
  expect(await reporter.flush({ timeout: '40s' })).toBe(true)
  proxy.heal()
  await reporter.close()
  await expectEachOnce(redis.url, 'slow-line', 480)
})

describe('a worker', () => {
  function withWorkers(options: ReporterOptions) {
    const workers: Worker[] = []
    const reporter = startReporter(loadReporterOptions({ ...quick, ...options }, {}), (settings, listener) =>
      startThreadRunner(settings, listener, of => {
        const worker = startWorker(of)
        workers.push(worker)
        return worker
      }),
    )
    return { reporter, workers }
  }

  it('may be terminated in the middle: its successor sends again what it had not finished, and nothing twice', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const { reporter, workers } = withWorkers({ redis: redis.url, analytics: { name: 'terminated' }, poolSize: 2 })
    let stop = false
    const recording = keepRecording(reporter, 0, () => stop)
    for (let round = 1; round <= 3; round++) {
      const { sent } = reporter.stats()
      await until('records flow', () => reporter.stats().sent > sent + 500)
      void workers.at(-1)?.terminate()
      await until('a successor', () => workers.length === 2 + round && reporter.stats().workers === 2)
    }
    stop = true
    const count = await recording
    const stats = await reporter.close({ timeout: '20s' })
    expect(stats).toMatchObject({ created: count, sent: count, queued: 0, workers: 0 })
    await expectEachOnce(redis.url, 'terminated', count)
  })

  it('that cannot be started at all leaves its work to the thread of the application', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const warnings: string[] = []
    const settings = loadReporterOptions(
      { ...quick, redis: redis.url, analytics: { name: 'no-threads' }, onWarning: ({ code }) => warnings.push(code) },
      {},
    )
    const reporter = startReporter(settings, (of, listener) =>
      startThreadRunner(of, listener, () => {
        throw new Error('threads are not permitted here')
      }),
    )
    for (let n = 0; n < 100; n++) reporter.record({ n })
    expect(await reporter.flush({ timeout: '20s' })).toBe(true)
    expect(reporter.stats()).toMatchObject({ sent: 100, workers: 0, redis: 'up' })
    expect(warnings).toEqual(['PH_REPORTER_WORKER', 'PH_REPORTER_WORKER'])
    await reporter.close()
    await expectEachOnce(redis.url, 'no-threads', 100)
  })
})

describe('what Redis refuses', () => {
  function start(url: string, name: string) {
    const warnings: string[] = []
    const onWarning = ({ code, message }: Error & { code: string }): void => void warnings.push(`${code} ${message}`)
    const reporter = createReporter({ ...quick, redis: url, analytics: { name }, onWarning })
    for (let n = 0; n < 10; n++) reporter.record({ n })
    return { reporter, warnings }
  }

  it('is said by its error reply, kept, and taken once it is put right', async ctx => {
    const { url } = await shared.orSkip(ctx.skip)
    const redis = connectRedis({ url }, 'test')
    await until('a connection', () => redis.status === 'ready')
    await redis.set('{wrong-type:0}:frames', 'no stream')
    const { reporter, warnings } = start(url, 'wrong-type')
    await until('a warning', () => warnings.length > 0)
    expect(warnings[0]).toMatch(/^PH_REDIS_REPLY .*WRONGTYPE/)
    expect(reporter.stats()).toMatchObject({ queued: 10, redis: 'refusing' })
    await redis.del('{wrong-type:0}:frames')
    redis.disconnect()
    expect(await reporter.flush({ timeout: '20s' })).toBe(true)
    await reporter.close()
    await expectEachOnce(url, 'wrong-type', 10)
  })

  it('is not called down after an absence, and is no second warning', async ctx => {
    const { url, port } = await shared.orSkip(ctx.skip)
    const redis = connectRedis({ url }, 'test')
    await until('a connection', () => redis.status === 'ready')
    await redis.set('{wrong-later:0}:frames', 'no stream')
    const proxy = await startProxy(port)
    proxy.refuse()
    const { reporter, warnings } = start(`redis://127.0.0.1:${proxy.port}`, 'wrong-later')
    await until('its absence is said', () => warnings.length > 0)
    expect(reporter.stats().redis).toBe('down')
    proxy.heal()
    await until('it answers and refuses', () => reporter.stats().redis === 'refusing', 20_000)
    expect(warnings).toEqual([expect.stringMatching(/^PH_REDIS_AWAY /)])
    await redis.del('{wrong-later:0}:frames')
    redis.disconnect()
    expect(await reporter.flush({ timeout: '20s' })).toBe(true)
    expect(await reporter.close()).toMatchObject({ redis: 'up' })
    await proxy.close()
  })

  it('because of the password is said without it', async ctx => {
    const { url } = await shared.orSkip(ctx.skip)
    const { reporter, warnings } = start(url.replace('redis://', 'redis://nobody:hunter2@'), 'wrong-password')
    await until('a warning', () => warnings.length > 0)
    expect(warnings[0]).toContain('WRONGPASS')
    expect(JSON.stringify([warnings, reporter.stats()])).not.toContain('hunter2')
    expect(await reporter.close({ timeout: 0 })).toMatchObject({ sent: 0, dropped: { closed: 10 } })
  })
})
