import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readStatus } from '@pumphouse/queue'
import { sharedServer, startMongo, startRedis, until } from '@pumphouse/testkit'
import { MongoClient } from 'mongodb'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { createDaemonFolder, type DaemonFolder } from './daemon-command.ts'
import { isSoak } from './faults/storm-choice.ts'
import { connected } from './test-set.ts'

const redisServer = sharedServer(startRedis)
const mongoServer = sharedServer(startMongo)
afterAll(() => Promise.all([redisServer.stop(), mongoServer.stop()]))
let folder: DaemonFolder
let api: ChildProcess | undefined
beforeEach(() => {
  folder = createDaemonFolder()
})
afterEach(() => {
  api?.kill('SIGKILL')
  folder.remove()
})

const API = fileURLToPath(new URL('../../examples/dist/fastify-api.js', import.meta.url))
/** Of the first life; the second ends after a quarter of it. A soak is a hundred thousand. */
const REQUESTS = isSoak() ? 80_000 : 5_000
/** A soak shares its machine with others. */
const WITHIN_MS = isSoak() ? 900_000 : 120_000
const AT_ONCE = 32
const PATHS = ['/orders', '/orders/1', '/orders/999999', '/failing', '/nowhere']

interface RunningApi {
  readonly url: string
  /** Ends it gracefully; resolves with the reporter's last counts. */
  stop(): Promise<{ created: number; accepted: number; sent: number; dropped: Record<string, number> }>
}

async function startApi(redisUrl: string): Promise<RunningApi> {
  const child = spawn(process.execPath, [API], {
    env: { PATH: process.env['PATH'], PORT: '0', PUMPHOUSE_REDIS_URL: redisUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  api = child
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const closed = new Promise(resolve => child.once('close', resolve))
  const url = await until('the API listens', () => /listening on (\S+)/.exec(output)?.[1])
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      await closed
      return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '')
    },
  }
}

/** Sends requests, so many at once; resolves with how many were answered. Errors of a server that is going away are no answers. */
async function send(url: string, count: number, onAnswer: (answered: number) => void = () => {}): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  let started = 0
  let answered = 0
  const one = (path: string): Promise<void> =>
    new Promise(resolve => {
      const asked = request(url + path, { agent }, response => {
        response.resume().once('end', () => {
          answered += 1
          onAnswer(answered)
        })
        response.once('close', resolve)
      })
      asked.once('error', () => resolve()).end()
    })
  async function client(): Promise<void> {
    while (started < count) {
      started += 1
      await one(PATHS[started % PATHS.length] as string)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, client))
  agent.destroy()
  return answered
}

test('every request of an API arrives in the file and in mongo, once, though API and daemons are stopped in mid-traffic', {
  timeout: WITHIN_MS,
}, async ctx => {
  const redis = await redisServer.orSkip(ctx.skip)
  const mongo = await mongoServer.orSkip(ctx.skip)
  folder.configure(`
redis: { url: "${redis.url}" }
purgeDelay: 100ms
batch: { maxAge: 100ms }
health: { enabled: false }
pumps:
  disk: { type: file, meta: { path: ./records.jsonl } }
  audit: { type: mongo, meta: { url: "${new URL('/end-to-end', mongo.url).href}", collection: requests } }
`)
  const daemon = folder.start('run', '-c', 'pump.yaml')

  const first = await startApi(redis.url)
  let stopping: Promise<number | null> | undefined
  const answered = await send(first.url, REQUESTS, done => {
    if (done !== REQUESTS / 2) return
    daemon.process.kill('SIGTERM')
    stopping = daemon.exitCode()
  })
  expect(answered).toBe(REQUESTS)
  expect(await stopping).toBe(0)
  const stats = [await first.stop()]
  expect(stats[0]?.created).toBe(REQUESTS)

  // A second life of both; this time it is the API that is stopped while requests are on their way.
  const successor = folder.start('run', '-c', 'pump.yaml')
  const second = await startApi(redis.url)
  let ending: ReturnType<RunningApi['stop']> | undefined
  const answeredThen = await send(second.url, REQUESTS, done => {
    if (done === REQUESTS / 4) ending = second.stop()
  })
  const lastStats = await ending
  if (lastStats) stats.push(lastStats)
  expect(lastStats?.created).toBeGreaterThanOrEqual(answeredThen)

  const created = stats.reduce((sum, { created }) => sum + created, 0)
  expect(stats.reduce((sum, { sent }) => sum + sent, 0)).toBe(created)
  const client = await connected(redis.url)
  const account = async () => (await readStatus(client, { name: 'analytics', partitions: 1 })).pumps
  await until(
    'nothing is pending',
    async () => Object.values(await account()).every(pump => pump.pending === 0),
    WITHIN_MS / 2,
  )
  successor.process.kill('SIGTERM')
  expect(await successor.exitCode()).toBe(0)

  const exact = { pushed: created, delivered: created, filtered: 0, deadLettered: 0, pending: 0, holds: true }
  expect(await account()).toMatchObject({ disk: exact, audit: exact })
  const lines = readFileSync(join(folder.path, 'records.jsonl'), 'utf8').trimEnd().split('\n')
  expect(lines).toHaveLength(created)
  const ids = new Set(lines.map(line => (JSON.parse(line) as { id: string }).id))
  expect(ids.size).toBe(created)
  const mongoClient = await new MongoClient(mongo.url).connect()
  const documents = await mongoClient.db('end-to-end').collection('requests').find().toArray()
  await mongoClient.close()
  expect(new Set(documents.map(({ _id }) => String(_id)))).toEqual(ids)
  expect(documents).toHaveLength(created)
  const failing = documents.find(({ route }) => route === '/failing')
  expect(failing).toMatchObject({ statusCode: 500, method: 'GET', outcome: 'error', path: '/failing' })
  client.disconnect()
})
