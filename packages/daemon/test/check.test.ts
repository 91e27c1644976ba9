import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { sharedServer, startMongo, startMongoJava, startRedis } from '@pumphouse/testkit'
import { MongoClient } from 'mongodb'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { createDaemonFolder, type DaemonFolder } from './daemon-command.ts'
import { createTestSet } from './test-set.ts'

const redisServer = sharedServer(startRedis)
const mongoServer = sharedServer(startMongo)
const javaServer = sharedServer(startMongoJava)
afterAll(() => Promise.all([redisServer.stop(), mongoServer.stop(), javaServer.stop()]))
let folder: DaemonFolder
beforeEach(() => {
  folder = createDaemonFolder()
})
afterEach(() => folder.remove())

test('validate --check reaches Redis and every target, changes nothing there, and ends with 0', async ctx => {
  const redis = await redisServer.orSkip(ctx.skip)
  const mongo = await mongoServer.orSkip(ctx.skip)
  const webhook = createServer((_, response) => response.writeHead(405).end())
  await new Promise<void>(resolve => webhook.listen(0, '127.0.0.1', resolve))
  const { port } = webhook.address() as AddressInfo
  folder.configure(`
redis: { url: "${redis.url}" }
pumps:
  audit: { type: mongo, meta: { url: "${mongo.url}/checked", indexes: [{ keys: { path: 1 } }] } }
  hook: { type: http, meta: { url: "http://127.0.0.1:${port}/hook" } }
  disk: { type: file, meta: { path: ./records.jsonl } }
  console: { type: stdout }
  away: { type: mongo, enabled: false, meta: { url: mongodb://127.0.0.1:1/a } }
`)
  const running = folder.start('validate', '--check')
  expect(await running.exitCode()).toBe(0)
  for (const name of ['Redis', 'audit (mongo)', 'hook (http)', 'disk (file)', 'console (stdout)']) {
    expect(running.stdout()).toContain(`  ${name} `)
  }
  expect(running.stdout().match(/ ok, \d+ ms$/gm)).toHaveLength(5)

  const client = await new MongoClient(mongo.url).connect()
  expect(await client.db('checked').listCollections().toArray()).toEqual([])
  await client.close()
  const set = await createTestSet(redis.url)
  expect(await set.redis.keys('*')).toEqual([])
  set.close()
  webhook.close()
})

test('validate --check says of a file that cannot be written its path, what was found and what was expected, and ends with 1', async ctx => {
  const redis = await redisServer.orSkip(ctx.skip)
  writeFileSync(join(folder.path, 'in-the-way'), '')
  mkdirSync(join(folder.path, 'folder'))
  folder.configure(`
redis: { url: "${redis.url}" }
pumps:
  below: { type: file, meta: { path: ./in-the-way/records.jsonl } }
  divided: { type: file, meta: { path: "./in-the-way/{service}.jsonl" } }
  place: { type: file, meta: { path: ./folder } }
  good: { type: file, meta: { path: ./new/records.jsonl } }
`)
  const running = folder.start('validate', '--check')
  expect(await running.exitCode()).toBe(1)
  const here = realpathSync(folder.path)
  const expected = 'expected a file that this process may write, or make'
  const lines = running
    .stdout()
    .split('\n')
    .map(line => line.trim().replace(/ {2,}/, ' '))
  const notFolder = `a part of its path is not a folder (ENOTDIR); ${expected}`
  expect(lines).toContain(`below (file) cannot write ${join(here, 'in-the-way/records.jsonl')}: ${notFolder}`)
  expect(lines).toContainEqual(
    expect.stringMatching(/^divided \(file\) cannot write .*in-the-way.*: a part of its path is not a folder/),
  )
  expect(lines).toContain(`place (file) cannot write ${join(here, 'folder')}: it is a folder (EISDIR); ${expected}`)
  expect(lines).toContainEqual(expect.stringMatching(/^good \(file\) ok, \d+ ms$/))
  expect(running.stderr()).toBe('')
  expect(existsSync(join(folder.path, 'new'))).toBe(false)
})

test('validate --check says in words which kinds of collection a server lacks, and leaves nothing behind', async ctx => {
  const redis = await redisServer.orSkip(ctx.skip)
  const java = await javaServer.orSkip(ctx.skip)
  folder.configure(`
redis: { url: "${redis.url}" }
pumps:
  ring: { type: mongo, meta: { url: "${java.url}/lacking", collection: ring, capped: { maxBytes: 1MiB } } }
  series: { type: mongo, meta: { url: "${java.url}/lacking", collection: "{orgId}", timeSeries: { enabled: true } } }
  plain: { type: mongo, meta: { url: "${java.url}/lacking", collection: plain } }
`)
  const running = folder.start('validate', '--check')
  expect(await running.exitCode()).not.toBe(0)
  const said = running.stdout() + running.stderr()
  expect(said).toMatch(/ring \(mongo\).*this server makes no capped collections: /)
  expect(said).toMatch(/series \(mongo\).*this server makes no time series collections: it makes plain ones instead/)
  expect(said).toMatch(/plain \(mongo\) .*ok, \d+ ms/)
  const client = await new MongoClient(java.url).connect()
  expect(await client.db('lacking').listCollections().toArray()).toEqual([])
  await client.close()
})
