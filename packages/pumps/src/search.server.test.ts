import { type ContractTarget, pumpContract } from '@pumphouse/testkit'
import { describe, test, vi } from 'vitest'
import { openSearchTarget, SEARCH_TEST_TIMEOUT_MS, searchServers } from '../test/search-target.ts'

vi.setConfig({ testTimeout: SEARCH_TEST_TIMEOUT_MS })

for (const { kind, definition, shared } of searchServers) {
  describe(kind, () => {
    const setUp = async (): Promise<ContractTarget> => {
      const { url } = await shared.orSkip(reason => {
        throw new Error(reason)
      })
      const { meta, values, remove } = openSearchTarget(url)
      return { meta, read: async () => (await values('contractKey')).map(String), remove }
    }
    for (const { name, run } of pumpContract(definition, setUp)) {
      test(name, async ctx => {
        await shared.orSkip(ctx.skip)
        await run()
      })
    }
  })
}
