/** What the set knows of its reporters, seen from its end. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectRedis, type ProducerStatus, readProducers } from '@pumphouse/queue'
import { sharedServer, startProxy, startRedis, until } from '@pumphouse/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { readSet } from '../test/read-set.ts'
import { createReporter } from './reporter.ts'

const server = sharedServer(startRedis)
afterAll(() => server.stop())

async function producersOf(url: string, name: string): Promise<readonly ProducerStatus[]> {
  const redis = connectRedis({ url }, 'test')
  try {
    await once(redis, 'ready')
    return (await readProducers(redis, { name, partitions: 1 })).producers
  } finally {
    redis.disconnect()
  }
}

describe.each([0, 1, 3])('the set, of a reporter with poolSize %i', poolSize => {
  it('knows what it made, and has all of it', async ctx => {
    const { url } = await server.orSkip(ctx.skip)
    const name = `known-${poolSize}`
    const reporter = createReporter({ service: 'orders', redis: url, analytics: { name }, poolSize, batchSize: 50 })
    for (let n = 0; n < 5_000; n++) reporter.record({ n })
    await reporter.close()
    const producers = await producersOf(url, name)
    expect(producers).toMatchObject([
      { service: 'orders', created: 5_000, received: 5_000, receivedFrames: 100, missingFrames: 0, unaccounted: 0 },
    ])
  })
})

describe('the set', () => {
  it('knows what its reporter left out by its sample', async ctx => {
    const { url } = await server.orSkip(ctx.skip)
    const reporter = createReporter({ service: 's', redis: url, analytics: { name: 'sample' }, sample: 0.5 })
    for (let n = 0; n < 1_000; n++) reporter.record(n % 2 === 0 ? { n } : { n, route: '/orders/:id' })
    const { sampledOut, sent } = await reporter.close()
    const [producer] = await producersOf(url, 'sample')
    // What was left out after the last record that was taken is not said by any frame.
    expect(producer).toMatchObject({ received: sent, unaccounted: 0 })
    expect(producer!.sampledOut).toBe(producer!.created - sent)
    expect(sampledOut).toBeGreaterThanOrEqual(producer!.sampledOut)
    const { '': unmatched = 0, '/orders/:id': orders = 0, ...others } = producer!.sampledOutByRoute
    expect(others).toEqual({})
    expect(Math.min(unmatched, orders)).toBeGreaterThan(0)
    expect(unmatched + orders).toBe(producer!.sampledOut)
  })

  it('has by route the exact totals: what it received and what was left out', async ctx => {
    const { url } = await server.orSkip(ctx.skip)
    const sample = {
      rules: [
        { route: '/health', rate: 0 },
        { route: '/orders/*', rate: 0.25 },
      ],
    }
    const reporter = createReporter({ service: 's', redis: url, analytics: { name: 'totals' }, sample, batchSize: 50 })
    for (let n = 0; n < 4_000; n++) reporter.record({ route: n % 2 === 0 ? '/health' : '/orders/:id' })
    // So that a frame is made after all of them.
    reporter.record({ route: '/last' })
    await reporter.close()
    const [producer] = await producersOf(url, 'totals')
    const received = (await readSet(url, 'totals')).records.filter(({ route }) => route === '/orders/:id').length
    expect(producer?.sampledOutByRoute).toEqual({ '/health': 2_000, '/orders/:id': 2_000 - received })
    expect(received).toBeGreaterThan(0)
  })

  it('knows what was dropped while Redis was away, once it is back', async ctx => {
    const { url } = await server.orSkip(ctx.skip)
    const proxy = await startProxy(Number(new URL(url).port))
    ctx.onTestFinished(() => proxy.close())
    proxy.refuse()
    const options = { service: 's', redis: `redis://127.0.0.1:${proxy.port}`, analytics: { name: 'dropped' } }
    const reporter = createReporter({ ...options, batchSize: 100, buffer: { maxRecords: 500 }, onWarning: () => {} })
    for (let n = 0; n < 2_000; n++) reporter.record({ n })
    expect(reporter.stats().dropped.buffer_full).toBe(1_500)
    proxy.heal()
    await until('there is room', () => reporter.stats().queued === 0)
    reporter.record({ last: true })
    await reporter.close()
    expect(await producersOf(url, 'dropped')).toMatchObject([
      { created: 2_001, received: 501, dropped: { buffer_full: 1_500 }, missingFrames: 0, unaccounted: 0 },
    ])
  })

  it('knows of frames that another process brings from the spool who made them', async ctx => {
    const { url } = await server.orSkip(ctx.skip)
    const dir = mkdtempSync(join(tmpdir(), 'pumphouse-accounting-'))
    ctx.onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
    const analytics = { name: 'adopted' }
    const away = { service: 'first', redis: 'redis://127.0.0.1:1', analytics, spool: { dir }, onWarning: () => {} }
    const heard: { service: string; records: number }[] = []
    const hear = (message: unknown): void => void heard.push(message as (typeof heard)[number])
    subscribe('pumphouse.reporter.spooled', hear)
    ctx.onTestFinished(() => void unsubscribe('pumphouse.reporter.spooled', hear))
    const first = createReporter({ ...away, batchSize: 10 })
    for (let n = 0; n < 100; n++) first.record({ n })
    await until('all is on disk', () => first.stats().spooled === 100)
    expect(heard.every(({ service }) => service === 'first')).toBe(true)
    expect(heard.reduce((sum, { records }) => sum + records, 0)).toBe(100)
    await first.close()
    const second = createReporter({ service: 'second', redis: url, analytics, spool: { dir } })
    await until('all is adopted', () => second.stats().spool.adopted === 100, 30_000)
    await second.close()
    expect(await producersOf(url, 'adopted')).toMatchObject([
      { service: 'first', created: 100, received: 100, receivedFrames: 10, missingFrames: 0, unaccounted: 0 },
    ])
  })
})
