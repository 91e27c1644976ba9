import { setTimeout as sleep } from 'node:timers/promises'
import { createGroup } from '@pumphouse/queue'
import { sharedServer, startProxy, startRedis, until } from '@pumphouse/testkit'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ascending, createTestDaemon, keepingPump, numbers } from '../../test/test-pipeline.ts'
import { createTestSet, type TestSet } from '../../test/test-set.ts'

const server = sharedServer(startRedis)
let set: TestSet
let daemon: ReturnType<typeof createTestDaemon>
const LEASE_MS = 400

beforeEach(async ctx => {
  set = await createTestSet((await server.orSkip(ctx.skip)).url)
  daemon = createTestDaemon(set, { leaseMs: LEASE_MS })
})
afterEach(async () => {
  await daemon?.stop(1000)
  set?.close()
})
afterAll(() => server.stop())

const groupOf = (consumer: string) =>
  createGroup(set.redis, { name: set.name, partition: 0, pump: 'audit', consumer, leaseMs: LEASE_MS })

describe('a lease', () => {
  test('is kept through a write that takes longer', async () => {
    await set.push(100)
    const pump = keepingPump({ write: () => sleep(3 * LEASE_MS) })
    const rival = createTestDaemon(set, { leaseMs: LEASE_MS, consumer: 'daemon-2' })
    const idle = keepingPump()
    daemon.add('audit', pump).start()
    await until(
      'the write is in progress',
      async () => (await set.status('audit').catch(() => undefined))?.leasedFrames,
    )
    rival.add('audit', idle).start()
    await until('it is delivered', async () => (await set.status('audit')).delivered === 100)
    expect(pump.got).toEqual(numbers(100))
    expect(idle.got).toEqual([])
    await rival.stop()
  })

  test('that ran out with its holder is taken over', async () => {
    await set.push(1000, { perFrame: 10 })
    const gone = groupOf('gone')
    await gone.ensure('backlog')
    expect(await gone.read({ maxFrames: 70, maxBytes: 1e9 })).toHaveLength(70)
    const pump = keepingPump()
    daemon.add('audit', pump).start()
    await until('all is delivered', () => pump.got.length === 1000)
    expect(ascending(pump.got)).toEqual(numbers(1000))
    await daemon.stop()
    expect(await set.status('audit')).toMatchObject({ delivered: 1000, pending: 0, holds: true })
  })

  test('that another took over is not acked here, and every record is counted once', async () => {
    await set.push(200)
    let open: () => void = () => {}
    const gate = new Promise<void>(resolve => {
      open = resolve
    })
    const pump = keepingPump({ write: () => gate })
    const pipeline = daemon.add('audit', pump)
    pipeline.start()
    await until('the write is in progress', () => pipeline.health().inFlight === 200)
    // What a rival's take-over does when this process was frozen for longer than its lease.
    const key = `{${set.name}:0}:frames`
    const taken = (await set.redis.xpending(key, 'audit', '-', '+', 10)) as [id: string][]
    await set.redis.xclaim(key, 'audit', 'rival', 0, ...taken.map(([id]) => id))
    await until('the loss is noticed', () => pipeline.health().inFlight === 0)
    open()
    await until('the write is over', () => pump.got.length === 200)
    expect(await set.status('audit')).toMatchObject({ delivered: 0, leasedFrames: 2, holds: true })

    const settlements = taken.map(([id]) => ({ id, delivered: 100, filtered: 0, deadLettered: 0 }))
    expect((await groupOf('rival').settle(settlements)).settled).toHaveLength(2)
    expect(pipeline.health().delivered).toBe(0)
    expect(await set.status('audit')).toMatchObject({ delivered: 200, pending: 0, holds: true })
  })

  test('of frames whose read reply was lost is taken up again by the same daemon', async ctx => {
    const proxy = await startProxy((await server.orSkip(ctx.skip)).port)
    const behind = await createTestSet(`redis://127.0.0.1:${proxy.port}`, { name: set.name })
    const drains = createTestDaemon(behind, { leaseMs: LEASE_MS })
    const pump = keepingPump()
    const pipeline = drains.add('audit', pump)
    pipeline.start()
    await until('it waits for records', () => pipeline.health().state === 'idle')
    proxy.silence('toClient')
    await set.push(1000, { perFrame: 10 })
    await until('frames were read in vain', async () => (await set.status('audit')).leasedFrames > 0)
    expect(pump.got).toEqual([])
    proxy.heal()
    proxy.cut()
    await until('all is delivered', async () => (await set.status('audit')).delivered === 1000)
    expect(ascending(pump.got)).toEqual(numbers(1000))
    await drains.stop()
    behind.close()
    await proxy.close()
  })
})
