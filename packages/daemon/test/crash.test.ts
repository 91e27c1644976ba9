import { sharedServer, startMongo, startRedis, until } from '@pumphouse/testkit'
import { MongoClient } from 'mongodb'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { createDaemonFolder, type DaemonFolder } from './daemon-command.ts'
import { ascending, numbers } from './test-pipeline.ts'
import { createTestSet } from './test-set.ts'

const redisServer = sharedServer(startRedis)
const mongoServer = sharedServer(startMongo)
afterAll(() => Promise.all([redisServer.stop(), mongoServer.stop()]))
let folder: DaemonFolder
beforeEach(() => {
  folder = createDaemonFolder()
})
afterEach(() => folder.remove())

const RECORDS = 30_000
const KILLS = 3

test('a daemon killed again and again in mid-drain loses nothing, and nothing is twice in mongo', async ctx => {
  const redis = await redisServer.orSkip(ctx.skip)
  const mongo = await mongoServer.orSkip(ctx.skip)
  const set = await createTestSet(redis.url)
  await set.push(RECORDS, { perFrame: 100 })
  const target = new URL(mongo.url)
  target.pathname = `/${set.name}`
  folder.configure(`
redis: { url: "${redis.url}" }
analytics: { name: ${set.name}, lease: 1s }
purgeDelay: 50ms
batch: { maxRecords: 300, maxAge: 100ms }
health: { enabled: false }
pumps:
  audit: { type: mongo, meta: { url: "${target.href}", collection: requests } }
  disk: { type: file, meta: { path: ./records.jsonl } }
`)
  const client = await new MongoClient(mongo.url).connect()
  const requests = client.db(set.name).collection<{ n: number }>('requests')

  let before = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const daemon = folder.start('run', '-c', 'pump.yaml')
    const enough = before + RECORDS / 10
    await until('it is in the middle of it', async () => (await requests.countDocuments()) >= enough, 30_000)
    daemon.process.kill('SIGKILL')
    await daemon.exitCode()
    before = await requests.countDocuments()
    expect(before).toBeLessThan(RECORDS)
  }

  const last = folder.start('run', '-c', 'pump.yaml')
  const pending = async (): Promise<boolean> => {
    const [audit, disk] = await Promise.all([set.status('audit'), set.status('disk')])
    return audit.pending + disk.pending === 0
  }
  await until('nothing is pending', pending, 50_000)
  last.process.kill('SIGTERM')
  expect(await last.exitCode()).toBe(0)

  const found = await requests.find({}, { projection: { n: 1 } }).toArray()
  expect(ascending(found.map(({ n }) => n))).toEqual(numbers(RECORDS))
  const account = { pushed: RECORDS, delivered: RECORDS, pending: 0, leasedFrames: 0, holds: true }
  expect(await set.status('audit')).toMatchObject(account)
  expect(await set.status('disk')).toMatchObject(account)
  await client.close()
  set.close()
})
