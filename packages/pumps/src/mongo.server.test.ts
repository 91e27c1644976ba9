import { randomUUID } from 'node:crypto'
import { type ContractTarget, pumpContract, sharedServer, startMongo } from '@pumphouse/testkit'
import { MongoClient } from 'mongodb'
import { afterAll, test } from 'vitest'
import { mongo } from './mongo.ts'

const server = sharedServer(startMongo)
afterAll(() => server.stop())

for (const { name, run } of pumpContract(mongo, setUp)) {
  test(name, async ctx => {
    await server.orSkip(ctx.skip)
    await run()
  })
}

/** A database for each case. */
async function setUp(): Promise<ContractTarget> {
  const { url } = await server.orSkip(reason => {
    throw new Error(reason)
  })
  const meta = { url: `${url}/contract-${randomUUID()}`, collection: 'records' }
  const client = new MongoClient(meta.url)
  return {
    meta,
    read: async () => {
      const found = client
        .db()
        .collection('records')
        .find({}, { projection: { contractKey: 1 } })
      return (await found.toArray()).map(document => document['contractKey'])
    },
    remove: () => client.close(),
  }
}
