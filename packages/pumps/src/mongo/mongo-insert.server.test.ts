import { sharedServer, startMongo } from '@pumphouse/testkit'
import { ObjectId } from 'mongodb'
import { afterAll, expect, type TestContext, test } from 'vitest'
import { type MongoTarget, mongoTarget } from '../../test/mongo-target.ts'
import { noLimit, openPump } from '../../test/open-pump.ts'
import { withIds } from '../../test/with-ids.ts'
import { mongo } from '../mongo.ts'

const server = sharedServer(startMongo)
afterAll(() => server.stop())

async function started(ctx: TestContext) {
  const target: MongoTarget = await mongoTarget(await server.orSkip(ctx.skip))
  const pump = openPump(mongo, target.meta)
  await pump.start?.(noLimit())
  return { ...target, pump }
}

test('stores a record under its id, with every value as what it was', async ctx => {
  const { pump, collection } = await started(ctx)
  const at = new Date(Date.UTC(2026, 10, 21))
  const [record] = withIds({
    timestamp: 1_763_700_000_000,
    at,
    never: new Date(Number.NaN),
    bytes: new Uint8Array([9, 1, 2]).subarray(1),
    long: 2n ** 62n,
    longer: 2n ** 64n - 1n,
    'a.b': { $gt: [1, { 'x\0y': 2 }] },
    _id: 'mine',
    _bsontype: 'ObjectId',
    expireAt: at.getTime(),
  })
  await pump.write([record!], noLimit())
  const [stored] = await collection.find({}, { promoteLongs: false, promoteBuffers: true }).toArray()
  expect(stored).toMatchObject({
    _id: new ObjectId(record!.id),
    at,
    never: null,
    bytes: Buffer.from([1, 2]),
    longer: '18446744073709551615',
    'a.b': { $gt: [1, { 'x\u2400y': 2 }] },
    _id_: 'mine',
    _bsontype_: 'ObjectId',
    expireAt: at,
  })
  expect(stored?.['long'].toString()).toBe((2n ** 62n).toString())
  expect(stored).not.toHaveProperty('id')
})

test('takes records that are there already as delivered, among new ones', async ctx => {
  const { pump, values } = await started(ctx)
  const batch = withIds({ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }, { n: 5 }, { n: 6 })
  await pump.write([batch[1]!, batch[4]!], noLimit())
  expect(await pump.write(batch, noLimit())).toEqual({ rejected: [] })
  expect(await values('n')).toEqual([1, 2, 3, 4, 5, 6])
})

test('rejects what a validator refuses of a thousand, by position, and stores the neighbours', async ctx => {
  const { pump, collection, values } = await started(ctx)
  await collection.insertOne({ path: '/makes-the-collection' })
  await collection.db.command({ collMod: 'records', validator: { $jsonSchema: { required: ['path'] } } })
  const batch = withIds(...Array.from({ length: 1_000 }, (_, n) => (n === 1 || n === 700 ? { n } : { n, path: '/a' })))
  const result = await pump.write(batch, noLimit())
  expect(result?.rejected).toMatchObject([
    { index: 1, reason: 'validation', message: expect.stringContaining('121') },
    { index: 700, reason: 'validation' },
  ])
  expect(result?.retry).toBeUndefined()
  const paths = await values('path')
  expect(paths.filter(path => path === '/a')).toHaveLength(998)
  expect(paths).toHaveLength(999)
})

test('tells a redelivered record from one that another unique index refuses', async ctx => {
  const { pump, collection } = await started(ctx)
  await collection.createIndex({ order: 1 }, { unique: true })
  const batch = withIds({ order: 1 }, { order: 2 }, { order: 1 })
  await pump.write([batch[1]!], noLimit())
  const result = await pump.write(batch, noLimit())
  expect(result?.rejected).toMatchObject([{ index: 2, reason: 'duplicate' }])
  expect(await collection.countDocuments()).toBe(2)
})

test('cuts a record over 16 MiB at its largest fields, with a mark, and leaves one just below as it is', async ctx => {
  const { pump, collection, values } = await started(ctx)
  const limit = 16 * 1024 * 1024
  // As BSON: length and end (5), _id (17), n (7), text (type, name, length, end: 11), n2.
  const overhead = 5 + 17 + 7 + 11
  const batch = withIds(
    { n: 0 },
    { n: 1, path: '/a', text: 'x'.repeat(limit - overhead) },
    { n: 2, text: 'x'.repeat(limit - overhead - 1) },
    { n: 3, text: 'é'.repeat(limit / 2), rawRequest: new Uint8Array(limit), small: 'kept' },
    { n: 4 },
  )
  expect(await pump.write(batch, noLimit())).toEqual({ rejected: [] })
  expect(await values('n')).toEqual([0, 1, 2, 3, 4])
  expect(await collection.findOne({ n: 1 })).toMatchObject({
    path: '/a',
    text: `[cut: ${limit - overhead + 16} bytes]`,
    _cut: ['text'],
  })
  expect(await collection.findOne({ n: 3 })).toMatchObject({
    small: 'kept',
    _cut: expect.arrayContaining(['text', 'rawRequest']),
  })
  expect((await collection.findOne({ n: 2 }))?.['text']).toHaveLength(limit - overhead - 1)
})

test('rejects alone what is too large without a large field', async ctx => {
  const { pump, values } = await started(ctx)
  const many = Object.fromEntries(Array.from({ length: 1_200 }, (_, i) => [`field${i}`, 'x'.repeat(16 * 1024)]))
  const result = await pump.write(withIds({ n: 1 }, many, { n: 2 }), noLimit())
  expect(result?.rejected).toMatchObject([{ index: 1, reason: 'too_large' }])
  expect(await values('n')).toEqual([1, 2])
})

test('writes a batch of more than one command, with the right positions in each', async ctx => {
  const { pump, collection, values } = await started(ctx)
  await collection.createIndex({ unique: 1 }, { unique: true, sparse: true })
  const large = Array.from({ length: 12 }, (_, n) => ({ n, text: 'x'.repeat(4 * 1024 * 1024) }))
  const batch = withIds(...large.map(record => (record.n % 5 === 4 ? { ...record, unique: 'same' } : record)))
  const result = await pump.write(batch, noLimit())
  expect(result?.rejected?.map(({ index }) => index)).toEqual([9])
  expect(await values('n')).toEqual([0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8])
})

test('rejects a record nested too deep and one without an id alone: either would take the batch along', async ctx => {
  const { pump, values } = await started(ctx)
  let deep: object = {}
  for (let i = 0; i < 5_000; i++) deep = { deep }
  const [good, tooDeep] = withIds({ n: 1 }, { deep })
  const result = await pump.write([good!, tooDeep!, { n: 2 }], noLimit())
  expect(result?.rejected).toMatchObject([
    { index: 1, reason: 'too_deep' },
    { index: 2, reason: 'no_id' },
  ])
  expect(await values('n')).toEqual([1])
})

test('makes the TTL index when asked, twice without harm', async ctx => {
  const target = await mongoTarget(await server.orSkip(ctx.skip))
  for (let i = 0; i < 2; i++) {
    await openPump(mongo, { ...target.meta, expire: true }).start?.(noLimit())
  }
  expect(await target.collection.indexes()).toContainEqual(
    expect.objectContaining({ key: { expireAt: 1 }, expireAfterSeconds: 0 }),
  )
})
