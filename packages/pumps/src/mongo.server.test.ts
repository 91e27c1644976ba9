import { randomUUID } from 'node:crypto'
import {
  type ContractTarget,
  type FaultProxy,
  sharedServer,
  startMongo,
  startProxy,
  testPump,
} from '@pumphouse/testkit'
import { MongoClient } from 'mongodb'
import { afterAll, test } from 'vitest'
import { mongo } from './mongo.ts'

const server = sharedServer(startMongo)
afterAll(() => server.stop())

interface MongoTarget extends ContractTarget {
  readonly network: FaultProxy
  refuse(contractKeys: readonly string[]): Promise<void>
}

const cases = testPump(
  { definition: mongo, setUp, ordered: true },
  {
    network: target => target.network,
    restart: async () => (await running()).restart(),
    refuse: (target, contractKeys) => target.refuse(contractKeys),
  },
)

for (const { name, run, skip } of cases) {
  test(name, async ctx => {
    if (skip) ctx.skip(skip)
    await server.orSkip(ctx.skip)
    await run()
  }, 120_000)
}

/** A database for each case, behind a proxy. */
async function setUp(): Promise<MongoTarget> {
  const { url, port } = await running()
  const network = await startProxy(port)
  const database = `contract-${randomUUID()}`
  const proxied = `mongodb://127.0.0.1:${network.port}/${database}?directConnection=true&serverSelectionTimeoutMS=1500`
  const client = new MongoClient(`${url}/${database}?directConnection=true`)
  const collection = client.db().collection('records')
  return {
    meta: { url: proxied, collection: 'records' },
    network,
    async read() {
      const found = await collection.find({}, { projection: { contractKey: 1 }, sort: { $natural: 1 } }).toArray()
      return found.map(document => document['contractKey'])
    },
    // A validator is how a collection refuses documents for good.
    async refuse(contractKeys) {
      await client.db().createCollection('records', { validator: { contractKey: { $nin: contractKeys } } })
    },
    async remove() {
      await client.close()
      await network.close()
    },
  }
}

function running() {
  return server.orSkip(reason => {
    throw new Error(reason)
  })
}
