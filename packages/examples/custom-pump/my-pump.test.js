import { test } from 'node:test'
import { startProxy, testPump } from '@pumphouse/testkit'
import { pump } from './my-pump.js'
import { startRecordsApi } from './records-api.js'

/** A target of its own for each case, behind a proxy that can break the line. */
async function setUp() {
  const api = await startRecordsApi()
  const network = await startProxy(api.port)
  return {
    meta: { url: `http://127.0.0.1:${network.port}/records` },
    read: async () => api.keys(),
    async remove() {
      await network.close()
      await api.close()
    },
    api,
    network,
  }
}

const cases = testPump(
  { definition: pump, setUp, ordered: true },
  {
    network: target => target.network,
    restart: target => target.api.restart(),
    refuse: async (target, contractKeys) => target.api.refuse(contractKeys),
  },
)

for (const { name, skip, run } of cases) test(name, { skip }, run)
