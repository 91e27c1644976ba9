/** The mongo pump on a second server of another make: what hangs on one stand-in alone is found here. */
import { randomUUID } from 'node:crypto'
import { sharedServer, startMongoJava, testPump } from '@pumphouse/testkit'
import { MongoClient } from 'mongodb'
import { afterAll, expect, type TestContext, test } from 'vitest'
import { mongoTarget } from '../test/mongo-target.ts'
import { noLimit, openPump } from '../test/open-pump.ts'
import { withIds } from '../test/with-ids.ts'
import { mongo } from './mongo.ts'

const server = sharedServer(startMongoJava)
afterAll(() => server.stop())

const cases = testPump({ definition: mongo, setUp })
for (const { name, run } of cases.filter(({ skip }) => skip === false)) {
  test(name, async ctx => {
    await server.orSkip(ctx.skip)
    await run()
  })
}

/** A database for each case. */
async function setUp() {
  const { url } = await server.orSkip(reason => {
    throw new Error(reason)
  })
  const meta = { url: `${url}/contract-${randomUUID()}`, collection: 'records' }
  const client = new MongoClient(meta.url)
  return {
    meta,
    read: async () => (await client.db().collection('records').find().toArray()).map(one => String(one['contractKey'])),
    remove: () => client.close(),
  }
}

async function started(ctx: TestContext, more: object = {}) {
  const target = await mongoTarget(await server.orSkip(ctx.skip))
  const pump = openPump(mongo, { ...target.meta, ...more })
  await pump.start?.(noLimit())
  return { ...target, pump }
}

test('redelivered records are delivered, though this server counts them among the inserted', async ctx => {
  const { pump, values } = await started(ctx)
  const batch = withIds({ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 })
  await pump.write(batch.slice(1, 3), noLimit())
  expect(await pump.write(batch, noLimit())).toEqual({ rejected: [] })
  expect(await values('n')).toEqual([1, 2, 3, 4])
})

test('what another unique index refuses is rejected at its position', async ctx => {
  const { pump, values } = await started(ctx, { indexes: [{ keys: { order: 1 }, unique: true }] })
  const batch = withIds({ order: 1 }, { order: 2 }, { order: 1 })
  expect((await pump.write(batch, noLimit()))?.rejected).toMatchObject([{ index: 2, reason: 'duplicate' }])
  expect(await values('order')).toEqual([1, 2])
})

test('a collection a day and an organisation', async ctx => {
  const { pump, collection } = await started(ctx, { collection: '{orgId}_{date}' })
  const timestamp = Date.UTC(2026, 10, 21)
  await pump.write(withIds({ orgId: 'a', timestamp }, { orgId: 'b', timestamp }, { orgId: 'a', timestamp }), noLimit())
  expect(await collection.db.collection('a_2026-11-21').countDocuments()).toBe(2)
  expect(await collection.db.collection('b_2026-11-21').countDocuments()).toBe(1)
})

test.for([
  [
    { timeSeries: { enabled: true } },
    /this server makes no time series collections: it makes plain ones instead/,
    /this server knows no time series collections: it made a plain one of "records"/,
  ],
  [
    { capped: { maxBytes: '1MiB' } },
    /this server makes no capped collections: /,
    /a capped collection "records" cannot be made here/,
  ],
] as const)(
  'a kind of collection that this server lacks is said by check, which leaves nothing behind, and at start: %j',
  async ([more, atCheck, atStart], ctx) => {
    const { meta, collection } = await mongoTarget(await server.orSkip(ctx.skip))
    const saying = (words: RegExp) => ({ code: 'PH_PUMP_RETRYABLE', message: expect.stringMatching(words) })
    for (const name of ['records', '{orgId}_{date}']) {
      const pump = openPump(mongo, { ...meta, ...more, collection: name })
      await expect(pump.check?.(noLimit())).rejects.toMatchObject(saying(atCheck))
    }
    expect(await collection.db.listCollections().toArray()).toEqual([])
    await expect(openPump(mongo, { ...meta, ...more }).start?.(noLimit())).rejects.toMatchObject(saying(atStart))
  },
)
