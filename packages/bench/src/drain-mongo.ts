/** What is left of the driver's own speed when records come through the daemon? Compared with a bare insertMany loop on the same server. */
import { createRecordIdSource, recordIdAt } from '@pumphouse/record'
import { startMongo } from '@pumphouse/testkit'
import { MongoClient, ObjectId } from 'mongodb'
import { runDrain } from './drain.ts'
import { type Measurement, measure } from './measure.ts'
import type { Question } from './question.ts'
import { requestRecord } from './sample-records.ts'

const RECORDS = 100_000
const PER_BATCH = 1_000
const DATABASE = 'bench'
const COLLECTION = 'requests'

/** The same documents, ids included, made beforehand: only the driver and the server work. */
async function insertDirectly(url: string): Promise<Measurement> {
  const ids = createRecordIdSource()
  const batches = Array.from({ length: RECORDS / PER_BATCH }, (_, b) => {
    const base = ids.allocate(PER_BATCH)
    return Array.from({ length: PER_BATCH }, (_, i) => ({
      _id: new ObjectId(recordIdAt(base, i)),
      ...requestRecord(b * PER_BATCH + i),
    }))
  })
  const client = await new MongoClient(url).connect()
  try {
    const collection = client.db(DATABASE).collection<{ _id: ObjectId }>(COLLECTION)
    return await measure(RECORDS, async () => {
      for (const batch of batches) await collection.insertMany(batch, { ordered: false })
      return collection.countDocuments()
    })
  } finally {
    await client.close()
  }
}

async function drainTo(url: string): Promise<Measurement> {
  const target = new URL(url)
  target.pathname = DATABASE
  return runDrain({
    fill: { records: RECORDS, perFrame: 500, make: requestRecord },
    pumps: () => ({ mongo: { type: 'mongo', meta: { url: target.href, collection: COLLECTION } } }),
    async count() {
      const client = await new MongoClient(url).connect()
      const found = await client.db(DATABASE).collection(COLLECTION).countDocuments()
      await client.close()
      return found
    },
  })
}

async function onServer(run: (url: string) => Promise<Measurement>): Promise<Measurement> {
  const server = await startMongo()
  try {
    return await run(server.url)
  } finally {
    await server.stop()
  }
}

/** The mongo pump beside the driver alone. */
export const drainMongo: Question = {
  question: 'How fast does the daemon drain to MongoDB, beside the driver alone?',
  cases: [
    { name: 'peer: bare insertMany, ready documents in batches of 1000', run: () => onServer(insertDirectly) },
    { name: 'the daemon with the mongo pump', run: () => onServer(drainTo) },
  ],
  note: 'The server sets the pace. Delivered = documents counted in the collection; every run has a fresh server.',
}
