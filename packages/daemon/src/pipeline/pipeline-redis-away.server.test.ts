import { connectRedis } from '@pumphouse/queue'
import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, expect, test } from 'vitest'
import { createTestDaemon, keepingPump, numbers } from '../../test/test-pipeline.ts'
import { connected, createTestSet } from '../../test/test-set.ts'

/** What a busy machine may need beyond the deadline to fire timers. */
const STOP_SLACK_MS = 300

const server = sharedServer(() => startRedis(['--appendonly', 'yes', '--appendfsync', 'always']))
afterAll(() => server.stop())

test('Redis away at the start is said once, and everything goes on by itself when it comes', async ctx => {
  const running = await server.orSkip(ctx.skip)
  const set = await createTestSet(running.url)
  await set.push(100)
  await running.kill()
  const redis = connectRedis({ url: running.url }, 'test')
  const daemon = createTestDaemon({ ...set, redis })
  const pump = keepingPump()
  const pipeline = daemon.add('audit', pump)
  pipeline.start()
  await until('it has noticed', () => daemon.log.lines.length > 0)
  expect(pipeline.health().state).toBe('starting')
  await running.restart()
  await until('all is delivered', () => pipeline.health().delivered === 100)
  expect(daemon.log.lines).toEqual(['the set cannot be read', 'the set is read again'])
  await daemon.stop()
  set.close()
  redis.disconnect()
})

test('Redis killed in mid-drain loses nothing and doubles no count', async ctx => {
  const running = await server.orSkip(ctx.skip)
  const set = await createTestSet(running.url)
  await set.push(50_000, { perFrame: 100 })
  const daemon = createTestDaemon(set)
  const pump = keepingPump()
  const pipeline = daemon.add('audit', pump)
  pipeline.start()
  await until('some is delivered', () => pump.got.length > 2_000)
  await running.kill()
  await until('it has noticed', () => daemon.log.lines.length > 0)
  expect(pipeline.health().stalled).toBe(false)
  await running.restart()
  await until(
    'nothing is pending',
    async () => (await set.status('audit').catch(() => undefined))?.pending === 0,
    60_000,
  )
  expect([...new Set(pump.got)].sort((a, b) => a - b)).toEqual(numbers(50_000))
  expect(await set.status('audit')).toMatchObject({ delivered: 50_000, holds: true })
  await daemon.stop()
  set.close()
})

test('a stop while Redis is away ends in time', async ctx => {
  const running = await server.orSkip(ctx.skip)
  const set = await createTestSet(running.url)
  await set.push(100)
  const daemon = createTestDaemon(set)
  const pipeline = daemon.add('audit', keepingPump({ write: () => new Promise(() => {}) }))
  pipeline.start()
  await until('a write is in progress', () => pipeline.health().inFlight > 0)
  await running.kill()
  const started = performance.now()
  await pipeline.stop(2000)
  expect(performance.now() - started).toBeLessThan(2000 + STOP_SLACK_MS)
  await running.restart()
  ;(await connected(running.url)).disconnect()
  set.close()
})
