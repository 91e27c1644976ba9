/** What becomes of records while Redis has no memory left and may evict nothing. */

import { connectRedis } from '@pumphouse/queue'
import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, expect, it } from 'vitest'
import { readSet } from '../test/read-set.ts'
import { spoolFiles } from '../test/spool-files.ts'
import { createReporter } from './reporter.ts'

const shared = sharedServer(startRedis)
const disk = spoolFiles()
afterAll(async () => {
  disk.remove()
  await shared.stop()
})

it.for([0, 1])(
  'a Redis that is out of memory: with poolSize %i records go to the spool, counted and said, and arrive when it has memory again',
  async (poolSize, ctx) => {
    const { url } = await shared.orSkip(ctx.skip)
    const admin = connectRedis({ url }, 'test')
    await until('a connection', () => admin.status === 'ready')
    const name = `oom-${poolSize}`
    const warnings: string[] = []
    const reporter = createReporter({
      ...{ service: 's', redis: url, analytics: { name }, poolSize, batchSize: 20, flushInterval: '20ms' },
      buffer: { maxRecords: 200 },
      spool: { dir: disk.dir },
      onWarning: ({ code, message }) => warnings.push(`${code} ${message}`),
    })
    for (let n = 0; n < 100; n++) reporter.record({ n })
    await until('they are in the set', () => reporter.stats().sent === 100)
    await admin.config('SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '1')
    for (let n = 100; n < 1_100; n += 100) {
      for (let i = 0; i < 100; i++) reporter.record({ n: n + i })
      await until('they are on disk', () => reporter.stats().spooled === n)
    }
    expect(reporter.stats()).toMatchObject({ sent: 100, spooled: 1_000, queued: 0, refused: 0, redis: 'refusing' })
    expect(reporter.stats().lastError).toContain('OOM')
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/^PH_REDIS_REPLY records wait on disk.*OOM/)
    await admin.config('SET', 'maxmemory', '0')
    await until('all is in the set', () => reporter.stats().sent === 1_100)
    expect(await reporter.close()).toMatchObject({ redis: 'up', spooled: 0, queued: 0, spool: { frames: 0 } })
    admin.disconnect()
    expect((await readSet(url, name)).records.map(record => record['n'])).toEqual(
      Array.from({ length: 1_100 }, (_, n) => n),
    )
    expect(disk.folders(name)).toEqual([])
  },
)
