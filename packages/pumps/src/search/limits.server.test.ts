/** Servers at their limits: a full write queue, memory for indexing used up, no shard left. Each has settings that would harm the tests of others. */
import {
  type ContractTarget,
  type RunningServer,
  sharedServer,
  startElasticsearch,
  startOpensearch,
  testPump,
  until,
} from '@pumphouse/testkit'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { noLimit, openPump } from '../../test/open-pump.ts'
import { openSearchTarget, outcomeOf, SEARCH_TEST_TIMEOUT_MS, searchTarget } from '../../test/search-target.ts'
import { withIds } from '../../test/with-ids.ts'
import { elasticsearch } from '../elasticsearch.ts'
import { opensearch } from '../opensearch.ts'

vi.setConfig({ testTimeout: SEARCH_TEST_TIMEOUT_MS })

const settings = {
  'thread_pool.write.size': 1,
  'thread_pool.write.queue_size': 1,
  'indexing_pressure.memory.limit': '4mb',
}
const servers: readonly [string, typeof elasticsearch | typeof opensearch, () => Promise<RunningServer>][] = [
  ['elasticsearch 9', elasticsearch, () => startElasticsearch('9.2.0', { settings })],
  ['elasticsearch 8', elasticsearch, () => startElasticsearch('8.19.21', { settings })],
  ['opensearch 3', opensearch, () => startOpensearch({ settings })],
]
const isSoak = Boolean(process.env['PUMPHOUSE_TEST_SOAK_MS'])
const WRITERS = 20
const PER_BATCH = 200
const MAX_PAUSE_MS = 200
const MIB = 1024 * 1024

for (const [name, definition, start] of servers) {
  describe(name, () => {
    const server = sharedServer(start)
    afterAll(() => server.stop())

    const started = async (skip: (reason: string) => never, meta: object = {}) => {
      const target = searchTarget((await server.orSkip(skip)).url)
      const pump = openPump(definition, { ...target.meta, ...meta })
      await pump.start?.(noLimit())
      return { ...target, pump }
    }

    test('a full write queue (a real 429): what was refused is sent again until every record is there once', async ctx => {
      const { meta, values } = await started(ctx.skip)
      let refused = 0
      const deliver = async (writer: number): Promise<void> => {
        const pump = openPump(definition, meta)
        let left = withIds(...Array.from({ length: PER_BATCH }, (_, n) => ({ n: writer * PER_BATCH + n })))
        while (left.length > 0) {
          const result = await outcomeOf(pump, left)
          expect(result?.rejected).toEqual([])
          if (result?.retry) expect(result.retry.error.message).toMatch(/429.*rejected_execution_exception/)
          refused += result?.retry ? 1 : 0
          left = (result?.retry?.indexes ?? []).map(index => left[index]!)
          // As a pipeline does: twenty that ask again at once keep the server busy with refusing.
          if (left.length > 0) await new Promise(resolve => setTimeout(resolve, Math.random() * MAX_PAUSE_MS))
        }
      }
      let rounds = 0
      await until(
        'the queue was full at least once',
        async () => {
          await Promise.all(Array.from({ length: WRITERS }, (_, i) => deliver(rounds * WRITERS + i)))
          rounds += 1
          return refused > 0
        },
        50_000,
      )
      const expected = Array.from({ length: rounds * WRITERS * PER_BATCH }, (_, n) => n)
      const found = (await values('n')).map(Number).sort((a, b) => a - b)
      expect(found).toEqual(expected)
    })

    test('a request beyond the memory for indexing (429 as a whole) leaves every record to be sent again', async ctx => {
      const { pump, values } = await started(ctx.skip, { template: { mappings: { dynamic: false } } })
      const text = 'x'.repeat(MIB / 10)
      const batch = withIds(...Array.from({ length: 60 }, (_, n) => ({ n, text })))
      const result = await outcomeOf(pump, batch)
      expect(result).toMatchObject({ rejected: [], retry: { indexes: batch.map((_, i) => i) } })
      expect(result?.retry?.error.message).toMatch(/answers 429, it has too much to do: .*rejected_execution_exception/)
      expect(await outcomeOf(pump, batch.slice(0, 1))).toEqual({ rejected: [] })
      expect(await values('n')).toEqual([0])
    })

    const running = () =>
      server.orSkip(reason => {
        throw new Error(reason)
      })
    const setUp = async (): Promise<ContractTarget> => {
      const { meta, values, remove } = openSearchTarget((await running()).url)
      return { meta, read: async () => (await values('contractKey')).map(String), remove }
    }
    // The case of the contract that only a restart makes possible; all others run on the servers that tests share.
    const given = testPump({ definition, setUp })
    const restarting = testPump({ definition, setUp }, { restart: async () => (await running()).restart() }).filter(
      ({ skip }, i) => skip === false && given[i]?.skip !== false,
    )
    // One server shows it for all, the one that starts fastest; a soak has the time for each.
    for (const { name, run } of definition === opensearch || isSoak ? restarting : []) {
      test(name, async ctx => {
        await server.orSkip(ctx.skip)
        await run()
      })
    }

    test('no shard left in the cluster: the records of a new index wait, and arrive when there is room', async ctx => {
      const { pump, ask, values } = await started(ctx.skip)
      const limit = (value: number | null) =>
        ask('PUT', '/_cluster/settings', { persistent: { 'cluster.max_shards_per_node': value } })
      await openPump(definition, { ...(await started(ctx.skip)).meta }).write(withIds({ n: 0 }), noLimit())
      await limit(1)
      const batch = withIds({ n: 1 })
      const result = await outcomeOf(pump, batch)
      await limit(null)
      expect(result).toMatchObject({ rejected: [], retry: { indexes: [0] } })
      expect(await outcomeOf(pump, batch)).toEqual({ rejected: [] })
      expect(await values('n')).toEqual([1])
    })

    test('a cluster blocked for writing (403 as a whole or for each) leaves every record to be sent again', async ctx => {
      const { pump, ask, values } = await started(ctx.skip)
      await outcomeOf(pump, withIds({ n: 0 }))
      const block = (value: boolean | null) =>
        ask('PUT', '/_cluster/settings', { persistent: { 'cluster.blocks.read_only': value } })
      await block(true)
      const batch = withIds({ n: 1 }, { n: 2 })
      const result = await outcomeOf(pump, batch)
      await block(null)
      expect(result).toMatchObject({ rejected: [], retry: { indexes: [0, 1] } })
      expect(result?.retry?.error.message).toMatch(/cluster_block_exception/)
      expect(await outcomeOf(pump, batch)).toEqual({ rejected: [] })
      expect(await values('n')).toEqual([0, 1, 2])
    })
  })
}
