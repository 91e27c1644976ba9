import { sharedServer, startMongo } from '@pumphouse/testkit'
import { afterAll, expect, type TestContext, test } from 'vitest'
import { mongoTarget } from '../../test/mongo-target.ts'
import { noLimit, openPump } from '../../test/open-pump.ts'
import { withIds } from '../../test/with-ids.ts'
import { mongo } from '../mongo.ts'

const server = sharedServer(startMongo)
afterAll(() => server.stop())

/** A time series keeps its documents in a second collection. */
const isNoBucket = (name: string) => !name.startsWith('system.')

async function target(ctx: TestContext) {
  const found = await mongoTarget(await server.orSkip(ctx.skip))
  const { db } = found.collection
  const described = async (name = 'records') => (await db.listCollections({ name }, { nameOnly: false }).toArray())[0]
  const open = async (more: object) => {
    const pump = openPump(mongo, { ...found.meta, ...more })
    await pump.start?.(noLimit())
    return pump
  }
  return { ...found, db, described, open }
}

test('makes a capped collection of the size and number that are asked for, twice without harm', async ctx => {
  const { described, open, collection } = await target(ctx)
  const capped = { maxBytes: '64KiB', maxRecords: 10 }
  await open({ capped })
  const pump = await open({ capped })
  await pump.check?.(noLimit())
  expect(await described()).toMatchObject({ options: { capped: true, size: 64 * 1024, max: 10 } })
  for (let n = 0; n < 5; n++) await pump.write(withIds({ n }, { n }, { n }, { n }), noLimit())
  // The server of these tests trims by the next insert.
  expect(await collection.countDocuments()).toBeLessThanOrEqual(14)
  expect(await collection.findOne({ n: 0 })).toBeNull()
})

test('makes a time series ordered by the time of the record, which is then a date', async ctx => {
  const { described, open, collection } = await target(ctx)
  const timeSeries = { enabled: true, metaField: 'route', granularity: 'minutes' }
  const pump = await open({ timeSeries, expireAfter: '30d' })
  await pump.check?.(noLimit())
  const timestamp = Date.UTC(2026, 10, 21, 8)
  await pump.write(withIds({ timestamp, route: '/a', n: 1 }), noLimit())
  expect(await described()).toMatchObject({
    options: {
      timeseries: { timeField: 'timestamp', metaField: 'route', granularity: 'minutes' },
      expireAfterSeconds: 30 * 24 * 60 * 60,
    },
  })
  expect(await collection.findOne({ n: 1 })).toMatchObject({ timestamp: new Date(timestamp), route: '/a' })
})

test('lets a record expire so long after its timestamp, unless it says when', async ctx => {
  const { open, collection } = await target(ctx)
  const pump = await open({ expireAfter: '2h' })
  const timestamp = Date.UTC(2026, 10, 21, 8)
  await pump.write(withIds({ timestamp, n: 1 }, { timestamp, n: 2, expireAt: timestamp + 5 }), noLimit())
  expect(await collection.findOne({ n: 1 })).toMatchObject({ timestamp, expireAt: new Date(timestamp + 7_200_000) })
  expect(await collection.findOne({ n: 2 })).toMatchObject({ expireAt: new Date(timestamp + 5) })
  expect(await collection.indexes()).toContainEqual(
    expect.objectContaining({ key: { expireAt: 1 }, expireAfterSeconds: 0 }),
  )
})

test('makes the indexes that are declared, twice without harm, and says which one cannot be made', async ctx => {
  const { open, collection, meta } = await target(ctx)
  const indexes = [
    { keys: { orgId: 1, timestamp: -1 } },
    { keys: { traceId: 1 }, unique: true, sparse: true, name: 'trace' },
  ]
  await open({ indexes })
  await open({ indexes })
  const found = await collection.indexes()
  expect(found).toContainEqual(expect.objectContaining({ key: { orgId: 1, timestamp: -1 } }))
  expect(found).toContainEqual(
    expect.objectContaining({ key: { traceId: 1 }, name: 'trace', unique: true, sparse: true }),
  )
  const other = openPump(mongo, { ...meta, indexes: [{ keys: { traceId: -1 }, name: 'trace' }] })
  await expect(other.start?.(noLimit())).rejects.toThrow('the index {"traceId":-1} of "records" cannot be made')
})

test('a collection that is there and is another one is said at check and at start, and is left alone', async ctx => {
  const { meta, collection } = await target(ctx)
  await collection.insertOne({ n: 1 })
  for (const more of [{ capped: { maxBytes: '1MiB' } }, { timeSeries: { enabled: true } }]) {
    const pump = openPump(mongo, { ...meta, ...more })
    await expect(pump.check?.(noLimit())).rejects.toThrow(
      /"records" is there and is no (capped|time series) collection/,
    )
    await expect(pump.start?.(noLimit())).rejects.toThrow('"records" is there')
  }
  expect(await collection.countDocuments()).toBe(1)
})

test('checks what is not there yet, of one name or of many, and leaves nothing behind', async ctx => {
  const { meta, db } = await target(ctx)
  for (const more of [{ capped: { maxBytes: '1MiB' } }, { timeSeries: { enabled: true } }, {}]) {
    for (const collection of ['records', '{orgId}_{date}']) {
      await openPump(mongo, { ...meta, ...more, collection }).check?.(noLimit())
    }
  }
  expect(await db.listCollections().toArray()).toEqual([])
})

test('what checks that were cut off have left is dropped by the next one, and nothing else', async ctx => {
  const { meta, db } = await target(ctx)
  const hoursAgo = (hours: number, random = 'ab'.repeat(12)) =>
    `pumphouse_check_${Date.now() - hours * 3_600_000}_${random}`
  const [plain, capped, series] = [hoursAgo(2, '1'.repeat(24)), hoursAgo(3, '2'.repeat(24)), hoursAgo(48)]
  await db.createCollection(plain)
  await db.createCollection(capped, { capped: true, size: 4096 })
  await db.createCollection(series, { timeseries: { timeField: 'timestamp' } })
  // One is still at work; one holds a document; the others only look alike.
  const others = [hoursAgo(0.5), hoursAgo(5), hoursAgo(4, 'mine'), `my_${hoursAgo(6)}`, 'pumphouse_check_notes']
  for (const name of others) await db.createCollection(name)
  await db.collection(others[1] as string).insertOne({ n: 1 })
  const names = async () => (await db.listCollections().toArray()).map(({ name }) => name).filter(isNoBucket)

  await openPump(mongo, { ...meta, capped: { maxBytes: '1MiB' } }).check?.(noLimit())
  expect((await names()).sort()).toEqual(others.toSorted())
})

test('what was left is dropped though the collection to be checked is there', async ctx => {
  const { meta, db } = await target(ctx)
  await db.createCollection('records', { capped: true, size: 1024 * 1024 })
  await db.createCollection(`pumphouse_check_${Date.now() - 7_200_000}_${'a'.repeat(24)}`)
  await openPump(mongo, { ...meta, capped: { maxBytes: '1MiB' } }).check?.(noLimit())
  expect((await db.listCollections().toArray()).map(({ name }) => name)).toEqual(['records'])
})

test('a collection a day and an organisation, each made as configured, with the rejections at their places', async ctx => {
  const { db, open } = await target(ctx)
  const pump = await open({
    collection: '{orgId}_{date}',
    indexes: [{ keys: { order: 1 }, unique: true, sparse: true }],
  })
  await pump.check?.(noLimit())
  const day = (d: number) => Date.UTC(2026, 10, d, 23, 59)
  const batch = withIds(
    { n: 0, orgId: 'acme', timestamp: day(20), order: 1 },
    { n: 1, orgId: 'we$rd/../.', timestamp: day(20), order: 1 },
    { n: 2, orgId: 'acme', timestamp: day(21) },
    { n: 3, orgId: 'acme', timestamp: day(20), order: 1 },
    { n: 4, timestamp: day(20) },
  )
  const result = await pump.write(batch, noLimit())
  expect(result?.rejected).toMatchObject([{ index: 3, reason: 'duplicate' }])
  expect(await pump.write(batch, noLimit())).toEqual(result)
  const numbers = async (name: string) => (await db.collection(name).find().toArray()).map(({ n }) => n)
  expect(await numbers('acme_2026-11-20')).toEqual([0])
  expect(await numbers('we_rd_.._._2026-11-20')).toEqual([1])
  expect(await numbers('acme_2026-11-21')).toEqual([2])
  expect(await numbers('none_2026-11-20')).toEqual([4])
  expect(await db.collection('acme_2026-11-21').indexes()).toContainEqual(
    expect.objectContaining({ key: { order: 1 }, unique: true }),
  )
})
