import { type ContractTarget, type FaultProxy, startProxy, testPump } from '@pumphouse/testkit'
import { describe, test, vi } from 'vitest'
import { openSearchTarget, SEARCH_TEST_TIMEOUT_MS, searchServers } from '../test/search-target.ts'

vi.setConfig({ testTimeout: SEARCH_TEST_TIMEOUT_MS })

/** Refusing is for good, and for a key: each key has an index of its own, and those of some keys take no text for it. */
const INDEX_OF_KEY = '{contractKey}'

interface ProxiedTarget extends ContractTarget {
  readonly network: FaultProxy
  refuse(contractKeys: readonly string[]): Promise<void>
}

for (const { kind, definition, shared } of searchServers) {
  describe(kind, () => {
    const setUp = async (perKey = ''): Promise<ProxiedTarget> => {
      const { url, port } = await shared.orSkip(reason => {
        throw new Error(reason)
      })
      const network = await startProxy(port)
      const { meta, index, ask, values, remove } = openSearchTarget(url)
      return {
        meta: { ...meta, index: index + perKey, nodes: [`http://127.0.0.1:${network.port}`] },
        network,
        async refuse(contractKeys) {
          const mappings = { properties: { contractKey: { type: 'date', ignore_malformed: false } } }
          for (const key of contractKeys) await ask('PUT', `/${index}-${key}`, { mappings })
        },
        read: async () => (await values('contractKey')).map(String),
        async remove() {
          await network.close()
          await remove()
        },
      }
    }
    const cases = testPump({ definition, setUp: () => setUp() }, { network: target => target.network })
    const refusing = testPump(
      { definition, setUp: () => setUp(`-${INDEX_OF_KEY}`) },
      { refuse: (target, contractKeys) => target.refuse(contractKeys) },
    )
    // A restart would be felt by other tests: its case is with the servers that are nobody else's, in search/limits.server.test.ts.
    const possible = cases
      .map((one, i) => (one.skip === false ? one : refusing[i]!))
      .filter(({ skip }) => skip === false)
    for (const { name, run } of possible) {
      test(name, async ctx => {
        await shared.orSkip(ctx.skip)
        await run()
      })
    }
  })
}
