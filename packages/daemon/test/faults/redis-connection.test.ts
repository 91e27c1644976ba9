/** What the way to Redis can do: lose replies, go silent, be slow, be gone. A producer and a pipeline live through it. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '@pumphouse/testkit'
import { expect, test } from 'vitest'
import { redisScene } from './redis-scene.ts'
import { isSoak } from './storm-choice.ts'

/** On a slow line a round trip takes longer than the leases of other tests. */
const SLOW = { commandTimeoutMs: 5_000, leaseMs: 30_000 }
/** A minute in a soak; what it shows beyond the short time is that nothing grows with it. */
const AWAY_MS = isSoak() ? 60_000 : 4_000

test('a connection cut between command and reply: what was pushed arrives once, what was settled counts once', async ctx => {
  const { proxy, flows, close, log } = await redisScene(ctx)
  for (let round = 0; round < 8; round++) {
    proxy.silence('toClient')
    await sleep(15)
    proxy.cut()
    proxy.heal()
    await flows()
  }
  expect(log.lines.length).toBeGreaterThan(0)
  await close()
})

test('what a lost reply had leased to this consumer does not wait for its lease', async ctx => {
  const { proxy, flows, close } = await redisScene(ctx, [], { leaseMs: 600_000 })
  for (let round = 0; round < 8; round++) {
    proxy.silence('toClient')
    await sleep(30)
    proxy.cut()
    proxy.heal()
    await flows()
  }
  await close()
})

test('a half-open connection, on which bytes vanish in both directions, is given up and replaced', async ctx => {
  const { proxy, flows, stops, close, log } = await redisScene(ctx)
  proxy.silence('toClient')
  proxy.silence('toServer')
  await stops()
  // The connections that were silent stay open and silent for what was sent; only giving them up helps.
  proxy.heal()
  await flows()
  expect(log.lines).toContain('the set is read again')
  await close()
})

test('two seconds of latency slow everything down and break nothing', async ctx => {
  const { proxy, pump, pipeline, flows, close, log } = await redisScene(ctx, [], SLOW)
  await sleep(50)
  const { length } = pump.got
  proxy.latency('toClient', 2_000)
  await flows(50)
  await flows(50)
  expect(pump.got.length).toBeGreaterThan(length)
  expect(pipeline.health()).toMatchObject({ stalled: false, failures: 0 })
  expect(log.lines).toEqual([])
  proxy.heal()
  await close()
})

test('ten kilobytes a second: a reply that takes longer than the command timeout is waited for, because it moves', async ctx => {
  const fields = () => ({ noise: randomBytes(40).toString('hex') })
  const { proxy, pushing, pipeline, close, log } = await redisScene(ctx, [], {
    ...SLOW,
    commandTimeoutMs: 1_000,
    fields,
  })
  proxy.bandwidth('toClient', 10_000)
  const { accepted } = pushing
  await until('a backlog of about 60 kB', () => pushing.accepted >= accepted + 1_000)
  const started = performance.now()
  await close()
  expect(performance.now() - started).toBeGreaterThan(2_000)
  expect(pipeline.health().failures).toBe(0)
  expect(log.lines).toEqual([])
})

test('ten kilobytes a second upwards: commands take their time, and everything arrives', async ctx => {
  const { proxy, flows, close, log } = await redisScene(ctx, [], SLOW)
  proxy.bandwidth('toServer', 10_000)
  await flows(100)
  await flows(100)
  expect(log.lines).toEqual([])
  proxy.heal()
  await close()
})

test('Redis out of reach for long: said once, nothing piles up, and everything goes on when it is back', {
  timeout: AWAY_MS + 60_000,
}, async ctx => {
  const { proxy, pipeline, flows, stops, close, log } = await redisScene(ctx)
  proxy.refuse()
  await stops()
  await sleep(AWAY_MS)
  expect(log.lines.filter(line => line === 'the set cannot be read')).toHaveLength(1)
  expect(pipeline.health().inFlight).toBeLessThan(20_000)
  expect(pipeline.health().stalled).toBe(false)
  proxy.heal()
  await flows()
  await close()
})
