import { randomUUID } from 'node:crypto'
import type { RunningServer } from '@pumphouse/testkit'
import { type Collection, type Document, MongoClient } from 'mongodb'
import { onTestFinished } from 'vitest'

/** A collection of its own on a real server, with a client beside the pump's to look at it and to break things. */
export interface MongoTarget {
  readonly meta: { readonly url: string; readonly collection: string }
  readonly collection: Collection
  /** What the documents hold under that key, sorted, each as often as it is there. */
  values(key: string): Promise<readonly unknown[]>
  /** Makes the next inserts fail as mongod's own tests do. */
  failInserts(mode: Document | string, data: Document): Promise<unknown>
}

/** `url` replaces the address of the server: a proxy before it. */
export async function mongoTarget(server: RunningServer, url = server.url): Promise<MongoTarget> {
  const database = `test-${randomUUID()}`
  const client = new MongoClient(`${server.url}/${database}?directConnection=true`)
  onTestFinished(() => client.close())
  const collection = client.db().collection('records')
  const failInserts = (mode: Document | string, data: Document): Promise<unknown> =>
    client.db('admin').command({ configureFailPoint: 'failCommand', mode, data: { failCommands: ['insert'], ...data } })
  return {
    meta: { url: `${url}/${database}`, collection: 'records' },
    collection,
    values: async key => (await collection.find().toArray()).map(document => document[key]).sort(),
    failInserts,
  }
}
