/** What the servers make of the records: indices by date, data streams, the index template. */
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

const DAY_MS = 86_400_000
const START = Date.UTC(2026, 1, 28, 23)

for (const { kind, definition, shared } of searchServers) {
  describe(kind, () => {
    const target = async (skip: (reason: string) => never): Promise<SearchTarget> =>
      searchTarget((await shared.orSkip(skip)).url)
    const open = async (meta: object) => {
      const pump = openPump(definition, meta)
      await pump.start?.(noLimit())
      return pump
    }

    test('a record goes to the index of its own date, whenever it is written and however often', async ctx => {
      const { meta, index, documents } = await target(ctx.skip)
      const pump = await open({ ...meta, index: `${index}-{yyyy.MM.dd}` })
      const batch = withIds({ timestamp: START }, { timestamp: START + DAY_MS }, { timestamp: START })
      for (let time = 0; time < 2; time++) expect(await outcomeOf(pump, batch)).toEqual({ rejected: [] })
      const found = (await documents()).map(one => one._index.slice(index.length)).sort()
      expect(found).toEqual(['-2026.02.28', '-2026.02.28', '-2026.03.01'])
    })

    test('a data stream takes records once, with their time', async ctx => {
      const { meta, documents, ask, index } = await target(ctx.skip)
      const pump = await open({ ...meta, dataStream: true })
      await pump.check?.(noLimit())
      const batch = withIds({ timestamp: START, n: 1 }, { n: 2, '@timestamp': 'odd' })
      for (let time = 0; time < 2; time++) expect(await outcomeOf(pump, batch)).toEqual({ rejected: [] })
      const sources = (await documents()).map(one => one._source)
      expect(sources).toHaveLength(2)
      expect(sources.find(one => one['n'] === 1)?.['@timestamp']).toBe(new Date(START).toISOString())
      expect(Object.keys(await ask('GET', `/${index}/_settings`))).toEqual([expect.stringMatching(/^\.ds-/)])
    })

    test('the template makes fields that can be searched, and no value of the wrong kind costs the record', async ctx => {
      const { meta, ask, index, values } = await target(ctx.skip)
      const pump = await open({ ...meta, template: { ...meta.template, settings: { number_of_replicas: 0 } } })
      const batch = withIds(
        {
          n: 1,
          timestamp: START,
          durationMs: 1.5,
          clientIp: '10.0.0.1',
          path: '/a',
          own: 'text',
          count: 7,
          request: { a: 1 },
        },
        { n: 2, timestamp: 'soon', durationMs: 'long', clientIp: 'unknown', own: 8, count: 'many', request: 'text' },
        { n: 3, count: 7.5, own: 'x'.repeat(40_000), request: [{ a: { b: 1 } }] },
      )
      expect(await outcomeOf(pump, batch)).toEqual({ rejected: [] })
      expect(await values('n')).toEqual([1, 2, 3])
      const count = async (query: object) => (await ask('POST', `/${index}/_count`, { query }))['count']
      expect(await count({ term: { path: '/a' } })).toBe(1)
      expect(await count({ range: { durationMs: { gt: 1.2, lt: 1.8 } } })).toBe(1)
      expect(await count({ range: { count: { gt: 7.2 } } })).toBe(1)
      expect(await count({ term: { clientIp: '10.0.0.0/8' } })).toBe(1)
      expect(await count({ range: { timestamp: { gte: START, lte: START } } })).toBe(1)
    })

    test('the template is installed once, again when the options changed, and never over a newer or a foreign one', async ctx => {
      const { meta, ask, index } = await target(ctx.skip)
      const installed = async () => {
        const { index_templates: found } = await ask('GET', `/_index_template/${index}`)
        return (found as readonly { readonly index_template: Record<string, unknown> }[])[0]!.index_template
      }
      const first = await open(meta)
      const again = await open(meta)
      const changed = await open({ ...meta, template: { ...meta.template, priority: 501 } })
      expect([first, again, changed].map(pump => pump.logged.filter(line => line.level === 'info').length)).toEqual([
        1, 0, 1,
      ])
      expect(await installed()).toMatchObject({ priority: 501, version: 1 })
      const body = { index_patterns: [index], priority: 7 }
      await ask('PUT', `/_index_template/${index}`, { ...body, version: 99, _meta: { managed_by: 'pumphouse' } })
      await open(meta)
      expect(await installed()).toMatchObject({ priority: 7 })
      await ask('PUT', `/_index_template/${index}`, body)
      expect((await open(meta)).logged).toContainEqual(
        expect.objectContaining({ message: expect.stringMatching(/not ours/) }),
      )
      expect(await installed()).toMatchObject({ priority: 7 })
    })

    test('a template that the server refuses stops the start with words that name it', async ctx => {
      const { meta, index } = await target(ctx.skip)
      const settings = { no_such_setting: 1 }
      await expect(open({ ...meta, template: { ...meta.template, settings } })).rejects.toMatchObject({
        code: 'PH_PUMP_RETRYABLE',
        message: expect.stringMatching(new RegExp(`cannot install the index template ${index}: .*no_such_setting`)),
      })
    })

    test('without a template nothing is installed', async ctx => {
      const { meta, ask, index, values } = await target(ctx.skip)
      const pump = await open({ ...meta, template: { install: false } })
      await expect(ask('GET', `/_index_template/${index}`)).rejects.toThrow(/404/)
      expect(await outcomeOf(pump, withIds({ n: 1 }))).toEqual({ rejected: [] })
      expect(await values('n')).toEqual([1])
    })
  })
}

const [elasticsearch9, , opensearch3] = searchServers

test('a pump of the other type says so', async ctx => {
  for (const [server, other] of [
    [elasticsearch9!, opensearch3!],
    [opensearch3!, elasticsearch9!],
  ] as const) {
    const { meta } = searchTarget((await server.shared.orSkip(ctx.skip)).url)
    const pump = openPump(other.definition, meta)
    await expect(pump.check?.(noLimit())).rejects.toThrow(`write type: ${server.definition.type}`)
    await expect(pump.start?.(noLimit())).rejects.toThrow(`write type: ${server.definition.type}`)
  }
})

test('a pipeline that is not there stops the start; records wait for a node that runs it', async ctx => {
  const { meta, ask, index } = searchTarget((await opensearch3!.shared.orSkip(ctx.skip)).url)
  const pump = openPump(opensearch3!.definition, { ...meta, pipeline: index })
  await expect(pump.start?.(noLimit())).rejects.toThrow(`has no ingest pipeline ${index}`)
  await expect(pump.check?.(noLimit())).rejects.toThrow(`has no ingest pipeline ${index}`)
  await ask('PUT', `/_ingest/pipeline/${index}`, { processors: [{ set: { field: 'seen', value: 'yes' } }] })
  await pump.start?.(noLimit())
  const result = await outcomeOf(pump, withIds({ n: 1 }, { n: 2 }))
  await ask('DELETE', `/_ingest/pipeline/${index}`)
  expect(result).toMatchObject({ rejected: [], retry: { indexes: [0, 1] } })
  expect(result?.retry?.error.message).toMatch(/no ingest nodes/)
})
