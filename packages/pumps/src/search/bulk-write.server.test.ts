/** Each row of the tables in bulk-answer.ts on every real server; those that need a server of their own kind stand in the other files of this folder. */
import { describe, expect, test, vi } from 'vitest'
import { noLimit, openPump } from '../../test/open-pump.ts'
import {
  outcomeOf,
  SEARCH_TEST_TIMEOUT_MS,
  type SearchTarget,
  searchServers,
  searchTarget,
} from '../../test/search-target.ts'
import { withIds } from '../../test/with-ids.ts'

vi.setConfig({ testTimeout: SEARCH_TEST_TIMEOUT_MS })

const MIB = 1024 * 1024

for (const { kind, definition, shared } of searchServers) {
  describe(kind, () => {
    const started = async (skip: (reason: string) => never, meta: object = {}) => {
      const { url } = await shared.orSkip(skip)
      const target = searchTarget(url)
      const pump = openPump(definition, { ...target.meta, ...meta })
      await pump.start?.(noLimit())
      return { ...target, pump }
    }
    const set = (target: SearchTarget, settings: object) => target.ask('PUT', `/${target.index}/_settings`, settings)

    test('rejects the one document of a thousand that conflicts with the mapping, with the reason of the server', async ctx => {
      const { pump, values } = await started(ctx.skip)
      await outcomeOf(pump, withIds({ user: { name: 'ann' }, n: -1 }))
      const batch = withIds(...Array.from({ length: 1_000 }, (_, n) => (n === 700 ? { n, user: 'ann' } : { n })))
      const result = await outcomeOf(pump, batch)
      expect(result?.rejected).toMatchObject([{ index: 700, reason: expect.stringMatching(/_parsing$/) }])
      expect(result?.rejected?.[0]?.message).toMatch(/object mapping for \[user\]/)
      expect(result?.retry).toBeUndefined()
      expect(await values('n')).toHaveLength(1_000)
    })

    test('rejects what a strict mapping does not know, and delivers the neighbours', async ctx => {
      const mappings = { dynamic: 'strict', properties: { n: { type: 'double' } } }
      const { pump, values } = await started(ctx.skip, { template: { mappings } })
      await expect(outcomeOf(pump, withIds({ n: 1 }, { other: 2 }))).resolves.toMatchObject({
        rejected: [{ index: 1, reason: 'strict_dynamic_mapping' }],
      })
      expect(await values('n')).toEqual([1])
    })

    test.for([
      ['a full disk (429)', { 'index.blocks.read_only_allow_delete': true }, 'index.blocks.read_only_allow_delete'],
      ['a block of writes (403)', { 'index.blocks.write': true }, 'index.blocks.write'],
    ] as const)(
      '%s: the records are sent again, check says it, and they arrive when it is over',
      async ([, block, name], ctx) => {
        const { pump, values, ...target } = await started(ctx.skip)
        await outcomeOf(pump, withIds({ n: 0 }))
        await set(target as SearchTarget, block)
        const batch = withIds({ n: 1 }, { n: 2 })
        const result = await outcomeOf(pump, batch)
        expect(result).toMatchObject({ rejected: [], retry: { indexes: [0, 1] } })
        expect(result?.retry?.error.message).toMatch(/cluster_block_exception/)
        await expect(pump.check?.(noLimit())).rejects.toThrow(/takes no writes \(blocks\./)
        await set(target as SearchTarget, { [name]: null })
        await pump.check?.(noLimit())
        expect(await outcomeOf(pump, batch)).toEqual({ rejected: [] })
        expect(await values('n')).toEqual([0, 1, 2])
      },
    )

    test('a closed index: sent again until it is open', async ctx => {
      const { pump, values, index, ask } = await started(ctx.skip)
      await outcomeOf(pump, withIds({ n: 0 }))
      await ask('POST', `/${index}/_close`)
      const batch = withIds({ n: 1 })
      expect(await outcomeOf(pump, batch)).toMatchObject({ rejected: [], retry: { indexes: [0] } })
      await ask('POST', `/${index}/_open?wait_for_active_shards=1`)
      expect(await outcomeOf(pump, batch)).toEqual({ rejected: [] })
      expect(await values('n')).toEqual([0, 1])
    })

    test('only the records of an index that cannot take them now are sent again, the others of the batch are delivered', async ctx => {
      const { pump, values, ask, index } = await started(ctx.skip, {})
      const dated = openPump(definition, { ...(await hosted(ctx.skip)), index: `${index}-{yyyy.MM.dd}` })
      await dated.start?.(noLimit())
      const day = Date.UTC(2026, 0, 1)
      await outcomeOf(dated, withIds({ n: 1, timestamp: day }))
      await ask('PUT', `/${index}-2026.01.01/_settings`, { 'index.blocks.read_only_allow_delete': true })
      const batch = withIds({ n: 2, timestamp: day }, { n: 3, timestamp: day + 86_400_000 })
      expect(await outcomeOf(dated, batch)).toMatchObject({ rejected: [], retry: { indexes: [0] } })
      expect(await values('n')).toEqual([1, 3])
      expect(await outcomeOf(pump, withIds({ n: 4 }))).toEqual({ rejected: [] })
    })

    test('an oversize request goes in halves, a record too large alone is rejected, and the next batch is cut before', async ctx => {
      const { pump, values } = await started(ctx.skip, { template: { mappings: { dynamic: false } } })
      const text = 'x'.repeat(0.7 * MIB)
      const batch = withIds(
        { n: 0, text },
        { n: 1, text },
        { n: 2, text: 'x'.repeat(3 * MIB) },
        { n: 3, text },
        { n: 4 },
      )
      for (let time = 0; time < 2; time++) {
        const result = await outcomeOf(pump, batch)
        expect(result?.retry).toBeUndefined()
        expect(result?.rejected).toMatchObject([{ index: 2, reason: 'too_large' }])
        expect(await values('n')).toEqual([0, 1, 3, 4])
      }
    })

    test('a record is routed by the field it has, and without it by its id', async ctx => {
      const { pump, documents } = await started(ctx.skip, { routing: 'orgId' })
      const batch = withIds({ n: 1, orgId: 'acme' }, { n: 2 }, { n: 3, orgId: 7 }, { n: 4, orgId: '' })
      expect(await outcomeOf(pump, batch)).toEqual({ rejected: [] })
      const routes = (await documents()).map(one => [one._source['n'], one._routing]).sort()
      expect(routes).toEqual([
        [1, 'acme'],
        [2, undefined],
        [3, '7'],
        [4, undefined],
      ])
    })

    test('sends gzip when it is told to', async ctx => {
      const { pump, values } = await started(ctx.skip, { compression: true })
      expect(await outcomeOf(pump, withIds({ n: 1 }, { n: 2 }))).toEqual({ rejected: [] })
      expect(await values('n')).toEqual([1, 2])
    })

    async function hosted(skip: (reason: string) => never) {
      const { url } = await shared.orSkip(skip)
      return searchTarget(url).meta
    }
  })
}
