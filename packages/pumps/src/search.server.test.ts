import { type ContractTarget, type FaultProxy, startProxy, testPump } from '@pumphouse/testkit'
import { describe, test, vi } from 'vitest'
import { openSearchTarget, SEARCH_TEST_TIMEOUT_MS, searchServers } from '../test/search-target.ts'

vi.setConfig({ testTimeout: SEARCH_TEST_TIMEOUT_MS })

for (const { kind, definition, shared } of searchServers) {
  describe(kind, () => {
    const setUp = async (): Promise<ContractTarget & { readonly network: FaultProxy }> => {
      const { url } = await shared.orSkip(reason => {
        throw new Error(reason)
      })
      const { meta, values, remove } = openSearchTarget(url)
      const network = await startProxy(Number(new URL(url).port))
      return {
        meta: { ...meta, nodes: [`http://127.0.0.1:${network.port}`] },
        read: async () => (await values('contractKey')).map(String),
        network,
        async remove() {
          await network.close()
          await remove()
        },
      }
    }
    const cases = testPump({ definition, setUp }, { network: target => target.network })
    for (const { name, run } of cases.filter(({ skip }) => skip === false)) {
      test(name, async ctx => {
        await shared.orSkip(ctx.skip)
        await run()
      })
    }
  })
}
