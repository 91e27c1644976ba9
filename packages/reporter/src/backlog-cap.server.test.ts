/** What happens at the backlog cap: Redis takes no more, nothing is lost, and what waited follows when there is room. */

import { connectRedis, createGroup, readStatus, trim } from '@pumphouse/queue'
import { decodeFrame } from '@pumphouse/record'
import { type RunningServer, sharedServer, startProxy, startRedis, until } from '@pumphouse/testkit'
import { afterAll, expect, it } from 'vitest'
import { spoolFiles } from '../test/spool-files.ts'
import type { ReporterOptions } from './options.ts'
import { createReporter } from './reporter.ts'

const shared = sharedServer(startRedis)
const disk = spoolFiles()
afterAll(async () => {
  disk.remove()
  await shared.stop()
})

const MAX_RECORDS = 100
const MAX_BYTES = 1_500

/** A set, and what a test does to it. */
async function cappedSet({ url }: RunningServer, name: string) {
  const counters = `{${name}:0}:counters`
  const redis = connectRedis({ url }, 'test')
  const group = createGroup(redis, { name, partition: 0, pump: 'p', consumer: 'c' })
  await until('a connection', () => redis.status === 'ready')
  return {
    redis,
    ensure: () => group.ensure('backlog'),
    /** What the cap counts. */
    async backlog(): Promise<{ records: number; bytes: number }> {
      const [totals, trimmed, trimmedBytes] = await redis.hmgetBuffer(counters, 'totals', 'trimmed', 'trimmedBytes')
      // As the scripts pack them: doubles, the records first and then the bytes.
      return {
        records: totals!.readDoubleLE(0) - Number(trimmed),
        bytes: totals!.readDoubleLE(8) - Number(trimmedBytes),
      }
    },
    /** Makes room as a daemon makes it: by delivering. */
    async deliver(): Promise<readonly unknown[]> {
      const frames = await group.read({ maxFrames: 3, maxBytes: 1_000_000 })
      await group.settle(frames.map(({ id, count }) => ({ id, delivered: count, filtered: 0, deadLettered: 0 })))
      await trim(redis, { name, partition: 0 })
      return frames.flatMap(({ bytes }) => decodeFrame(bytes!).records.map(record => record['n']))
    },
  }
}

function options(redis: string, name: string, more: ReporterOptions): ReporterOptions {
  const quick = { service: 's', batchSize: 20, flushInterval: '20ms', onWarning: () => undefined, poolSize: 0 }
  return { ...quick, redis, analytics: { name }, ...more }
}

it.for([
  ['auto', 'maxBacklogRecords', MAX_RECORDS],
  ['off', 'maxBacklogRecords', MAX_RECORDS],
  ['auto', 'maxBacklogBytes', MAX_BYTES],
  ['off', 'maxBacklogBytes', MAX_BYTES],
] as const)(
  'at the cap frames wait, with the spool %s and %s, until there is room; the refusals are counted, and said as what they are',
  async ([mode, cap, limit], ctx) => {
    const server = await shared.orSkip(ctx.skip)
    const name = `capped-${mode}-${cap}`
    const set = await cappedSet(server, name)
    const warnings: string[] = []
    const reporter = createReporter(
      options(server.url, name, {
        analytics: { name, [cap]: limit },
        spool: { mode, dir: disk.dir },
        onWarning: ({ code }) => warnings.push(code),
      }),
    )
    for (let n = 0; n < 300; n++) reporter.record({ n, text: `record ${n}` })
    await until('it is refused', () => reporter.stats().backlogFull > 0)
    await until('the others wait', () => {
      const { sent, spooled, queued } = reporter.stats()
      return sent + (mode === 'auto' ? spooled : queued) === 300
    })
    const { sent } = reporter.stats()
    if (cap === 'maxBacklogRecords') expect(sent).toBe(MAX_RECORDS)
    else expect(sent).toBeGreaterThan(0)
    expect(sent).toBeLessThan(300)
    expect(await readStatus(set.redis, { name, partitions: 1 })).toMatchObject({ pushed: sent })
    expect(reporter.stats().lastError).toMatch(/backlog cap/)
    expect(reporter.stats()).toMatchObject({ redis: 'full' })
    expect(warnings).toEqual(['PH_BACKLOG_FULL'])

    await set.ensure()
    const seen: unknown[] = []
    const deliver = async () => {
      seen.push(...(await set.deliver()))
      const { records, bytes } = await set.backlog()
      const held = cap === 'maxBacklogRecords' ? records : bytes
      expect(held).toBeGreaterThanOrEqual(0)
      expect(held).toBeLessThanOrEqual(limit)
      return seen.length >= 300
    }
    await until('all have come', deliver, 30_000)
    expect(await reporter.flush({ timeout: '10s' })).toBe(true)
    await until('the last reply', () => reporter.stats().sent === 300)
    expect(reporter.stats()).toMatchObject({ sent: 300, queued: 0, spooled: 0, redis: 'up' })
    expect(seen).toEqual(Array.from({ length: 300 }, (_, n) => n))
    await reporter.close()
    set.redis.disconnect()
  },
)

it('a Redis whose set is full and that goes away is down, and full again when it is back', async ctx => {
  const server = await shared.orSkip(ctx.skip)
  const name = 'capped-away'
  const proxy = await startProxy(server.port)
  const reporter = createReporter(
    options(`redis://127.0.0.1:${proxy.port}`, name, {
      redis: { url: `redis://127.0.0.1:${proxy.port}`, commandTimeout: '200ms' },
      analytics: { name, maxBacklogRecords: MAX_RECORDS },
      spool: { mode: 'off' },
    }),
  )
  for (let n = 0; n < 300; n++) reporter.record({ n })
  const becomes = (state: string) => until(`it is ${state}`, () => reporter.stats().redis === state, 30_000)
  await becomes('full')
  proxy.silence('toClient')
  await becomes('down')
  proxy.heal()
  proxy.cut()
  await becomes('full')
  proxy.refuse()
  await becomes('down')
  proxy.heal()
  await becomes('full')
  await reporter.close({ timeout: '10ms' })
  await proxy.close()
})

it('a cap that is found reached when Redis comes back is said, though its absence was', async ctx => {
  const server = await shared.orSkip(ctx.skip)
  const name = 'capped-later'
  const proxy = await startProxy(server.port)
  proxy.refuse()
  const filler = createReporter(options(server.url, name, { spool: { mode: 'off' } }))
  for (let n = 0; n < MAX_RECORDS; n++) filler.record({ n })
  await filler.close()
  const warnings: string[] = []
  const reporter = createReporter(
    options(`redis://127.0.0.1:${proxy.port}`, name, {
      analytics: { name, maxBacklogRecords: MAX_RECORDS },
      spool: { mode: 'auto', dir: disk.dir },
      onWarning: ({ code }) => warnings.push(code),
    }),
  )
  for (let n = 0; n < 40; n++) reporter.record({ n })
  await until('its absence is said', () => warnings.length === 1)
  proxy.heal()
  await until('the cap is said', () => warnings.length === 2)
  expect(warnings).toEqual(['PH_REDIS_AWAY', 'PH_BACKLOG_FULL'])
  expect(reporter.stats()).toMatchObject({ sent: 0, spooled: 40 })
  await reporter.close()
  await proxy.close()
})
