import { monitorEventLoopDelay } from 'node:perf_hooks'
import { sharedServer, startRedis } from '@pumphouse/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { readSet } from '../test/read-set.ts'
import { createReporter } from './reporter.ts'

const redis = sharedServer(startRedis)
afterAll(() => redis.stop())

describe.each([0, 1, 2])('a reporter with poolSize %i', poolSize => {
  it('brings every record into the set, once, in order of its lane, with ids and counters', async ctx => {
    const { url } = await redis.orSkip(ctx.skip)
    const name = `all-${poolSize}`
    const reporter = createReporter({ service: 'orders', redis: url, analytics: { name }, poolSize, batchSize: 100 })
    for (let n = 0; n < 20_050; n++) reporter.record({ path: '/x', statusCode: 200, n })
    expect(await reporter.flush({ timeout: '20s' })).toBe(true)
    const stats = await reporter.close()
    expect(stats).toMatchObject({ created: 20_050, accepted: 20_050, sent: 20_050, queued: 0, workers: 0 })

    const { frames, records } = await readSet(url, name)
    expect(records.map(record => record['n']).sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 20_050 }, (_, n) => n),
    )
    expect(new Set(records.map(record => record.id)).size).toBe(20_050)
    const lanes = new Map<string, number>()
    for (const { producer } of frames) {
      expect(producer.service).toBe('orders')
      expect(producer.sequence).toBe((lanes.get(producer.lane) ?? 0) + 1)
      lanes.set(producer.lane, producer.sequence)
    }
    expect(lanes.size).toBe(Math.max(1, poolSize))
    expect(Math.max(...frames.map(({ producer }) => producer.counters.created))).toBe(20_050)
  })
})

describe('a reporter', () => {
  it('says in each record how many a sampled one stands for, times what it says itself', async ctx => {
    const { url } = await redis.orSkip(ctx.skip)
    const reporter = createReporter({ service: 's', redis: url, analytics: { name: 'sampled' }, sample: 0.5 })
    for (let n = 0; n < 1000; n++) reporter.record(n % 2 ? { n } : { n, weight: 7 })
    const stats = await reporter.close()
    const { records } = await readSet(url, 'sampled')
    expect(records).toHaveLength(stats.accepted)
    for (const record of records) expect(record.weight).toBe(Number(record['n']) % 2 ? 2 : 14)
  })

  it('delivers hostile records cut and counted, without an exception and without blocking the loop', async ctx => {
    const { url } = await redis.orSkip(ctx.skip)
    const reporter = createReporter({ service: 's', redis: url, analytics: { name: 'hostile' } })
    const records = hostileRecords()
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    for (const [name, record] of Object.entries(records)) {
      const before = process.cpuUsage()
      expect(reporter.record(record as object), name).toBe(true)
      // A bound for a slow machine; most take microseconds. Others on it may take the processor away for as long.
      const { user, system } = process.cpuUsage(before)
      expect(user + system, name).toBeLessThan(50_000)
    }
    const stats = await reporter.close()
    delay.disable()
    expect(delay.max / 1e6).toBeLessThan(200)
    expect(stats.sent).toBe(Object.keys(records).length)
    expect(Object.keys(stats.altered).length).toBeGreaterThan(5)
    expect((await readSet(url, 'hostile')).records).toHaveLength(stats.sent)
  })
})

function hostileRecords(): Record<string, unknown> {
  const cycle: Record<string, unknown> = { path: '/cycle' }
  cycle['self'] = cycle
  let deep: unknown = 'bottom'
  for (let depth = 0; depth < 1000; depth++) deep = { deep }
  const throwing = {
    get field() {
      throw new Error('no')
    },
  }
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  return {
    null: null,
    array: [1, 2, 3],
    text: 'text',
    cycle,
    getter: throwing,
    proxy: new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no')
        },
      },
    ),
    revoked: revoked.proxy,
    'long text': { text: Buffer.alloc(50 * 1024 * 1024, 'x').toString('latin1') },
    'many keys': Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key${i}`, i])),
    deep: { deep },
    odd: {
      a: () => 1,
      b: Symbol('s'),
      c: Number.NaN,
      d: 10n ** 30n,
      e: new Date(),
      f: Buffer.from('b'),
      g: new Map([[1, 2]]),
    },
    surrogate: { text: 'a\ud800b' },
    prototype: JSON.parse('{"__proto__": {"polluted": true}, "path": "/p"}'),
  }
}
