import { type ContractTarget, type FaultProxy, startProxy, testPump } from '@pumphouse/testkit'
import { describe, test, vi } from 'vitest'
import { openSearchTarget, SEARCH_TEST_TIMEOUT_MS, searchServers } from '../test/search-target.ts'

vi.setConfig({ testTimeout: SEARCH_TEST_TIMEOUT_MS })

interface ProxiedTarget extends ContractTarget {
  readonly network: FaultProxy
}

for (const { kind, definition, shared } of searchServers) {
  describe(kind, () => {
    const setUp = async (): Promise<ProxiedTarget> => {
      const { url, port } = await shared.orSkip(reason => {
        throw new Error(reason)
      })
      const network = await startProxy(port)
      const { meta, values, remove } = openSearchTarget(url)
      return {
        meta: { ...meta, nodes: [`http://127.0.0.1:${network.port}`] },
        network,
        read: async () => (await values('contractKey')).map(String),
        async remove() {
          await network.close()
          await remove()
        },
      }
    }
    // Nothing makes these servers refuse a record for the text of one field, and a restart would be felt by other tests: both have tests of their own beside.
    const cases = testPump({ definition, setUp }, { network: target => target.network })
    for (const { name, run } of cases.filter(({ skip }) => skip === false)) {
      test(name, async ctx => {
        await shared.orSkip(ctx.skip)
        await run()
      })
    }
  })
}
