/** What happens at the backlog cap: Redis takes no more, nothing is lost, and what waited follows when there is room. */

import { connectRedis, createGroup, readStatus, trim } from '@pumphouse/queue'
import { decodeFrame } from '@pumphouse/record'
import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, expect, it } from 'vitest'
import { spoolFiles } from '../test/spool-files.ts'
import { createReporter } from './reporter.ts'

const shared = sharedServer(startRedis)
const disk = spoolFiles()
afterAll(async () => {
  disk.remove()
  await shared.stop()
})

it.for(['auto', 'off'] as const)(
  'at the cap frames wait, with the spool %s, until there is room',
  async (mode, ctx) => {
    const { url } = await shared.orSkip(ctx.skip)
    const name = `capped-${mode}`
    const redis = connectRedis({ url }, 'test')
    const reporter = createReporter({
      ...{ service: 's', batchSize: 20, flushInterval: '20ms', onWarning: () => undefined, redis: url, poolSize: 0 },
      analytics: { name, maxBacklogRecords: 100 },
      spool: { mode, dir: disk.dir },
    })
    for (let n = 0; n < 300; n++) reporter.record({ n })
    await until('it is refused', () => reporter.stats().sent === 100)
    await until('the others wait', () => reporter.stats().spooled + reporter.stats().queued === 200)
    if (mode === 'auto') await until('they wait on disk', () => reporter.stats().spooled === 200)
    expect(await readStatus(redis, { name, partitions: 1 })).toMatchObject({ pushed: 100 })

    // Room is made as a daemon makes it: by delivering.
    const group = createGroup(redis, { name, partition: 0, pump: 'p', consumer: 'c' })
    await group.ensure('backlog')
    const seen: unknown[] = []
    const deliver = async () => {
      const frames = await group.read({ maxFrames: 3, maxBytes: 1_000_000 })
      seen.push(...frames.flatMap(({ bytes }) => decodeFrame(bytes!).records.map(record => record['n'])))
      await group.settle(frames.map(({ id, count }) => ({ id, delivered: count, filtered: 0, deadLettered: 0 })))
      await trim(redis, { name, partition: 0 })
      expect((await readStatus(redis, { name, partitions: 1 })).pumps['p']!.pending).toBeLessThanOrEqual(100)
      return seen.length >= 300
    }
    await until('all have come', deliver, 30_000)
    expect(await reporter.flush({ timeout: '10s' })).toBe(true)
    expect(reporter.stats()).toMatchObject({ sent: 300, queued: 0, spooled: 0 })
    expect(seen).toEqual(Array.from({ length: 300 }, (_, n) => n))
    await reporter.close()
    redis.disconnect()
  },
)
