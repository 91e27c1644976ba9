/** A daemon that dies at each step of a record's way, at a chosen time, and what its successor makes of it. */
import { join } from 'node:path'
import { sharedServer, startMongo, startRedis, until } from '@pumphouse/testkit'
import { afterAll, afterEach, expect, test } from 'vitest'
import type { FaultPoint } from '../../src/pipeline/fault-points.ts'
import { createDaemonFolder, type DaemonFolder } from '../daemon-command.ts'
import { createTestSet, type TestSet } from '../test-set.ts'
import { ledgerProblems, linesWritten, type MongoTarget, mongoTarget } from './evidence.ts'

const redisServer = sharedServer(startRedis)
const mongoServer = sharedServer(startMongo)
afterAll(() => Promise.all([redisServer.stop(), mongoServer.stop()]))
const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

const RECORDS = 4_000
const LEASE_MS = 300

interface Scene {
  readonly set: TestSet
  readonly target: MongoTarget
  readonly folder: DaemonFolder
  /** Runs a daemon that is to die at `fault`, to its end. */
  runToDeath(fault: string): Promise<void>
  /** Runs a daemon until nothing is pending and holds everything against the targets. */
  finish(): Promise<void>
}

async function scene(redisUrl: string, mongoUrl: string): Promise<Scene> {
  const set = await createTestSet(redisUrl)
  await set.push(RECORDS, { perFrame: 50, fields: n => ({ statusCode: n % 10 === 0 ? 404 : 200 }) })
  const target = await mongoTarget(mongoUrl, set.name)
  const folder = createDaemonFolder()
  opened.push(set, target, { close: folder.remove })
  folder.configure(`
redis: { url: "${redisUrl}" }
analytics: { name: ${set.name}, lease: ${LEASE_MS}ms }
purgeDelay: 20ms
batch: { maxRecords: 300, maxAge: 50ms }
health: { enabled: false }
pumps:
  audit: { type: mongo, meta: ${target.meta} }
  disk: { type: file, filters: { exclude: { statusCode: [404] } }, meta: { path: ./records.jsonl } }
`)
  let deaths = 0
  return {
    set,
    target,
    folder,
    async runToDeath(fault) {
      deaths += 1
      const daemon = folder.startWith({ PUMPHOUSE_FAULT: fault }, 'run')
      await until(`its end at ${fault}`, () => daemon.process.signalCode)
      expect(daemon.process.signalCode, daemon.stderr()).toBe('SIGKILL')
    },
    async finish() {
      const last = folder.start('run')
      await last.logged('pumphouse runs')
      const isDone = async (pump: string): Promise<boolean> => (await set.status(pump)).pending === 0
      await until('nothing is pending', async () => (await isDone('audit')) && (await isDone('disk')), 60_000)
      last.process.kill('SIGTERM')
      expect(await last.exitCode()).toBe(0)
      expect(await ledgerProblems(set, 'audit', { delivered: await target.written() })).toEqual([])
      const lines = linesWritten(join(folder.path, 'records.jsonl'), deaths)
      const filtered = RECORDS / 10
      expect(await ledgerProblems(set, 'disk', { delivered: lines, filtered, mayRepeat: true })).toEqual([])
    },
  }
}

/** The point, how often it is passed before the end, and how many daemons in a row end there. */
const DEATHS: readonly (readonly [point: FaultPoint, times: number, deaths: number])[] = [
  ['after-read', 1, 2],
  ['after-read', 2, 1],
  ['after-decode', 1, 2],
  ['after-decode', 70, 1],
  ['mid-write', 1, 2],
  ['mid-write', 6, 2],
  ['before-settle', 1, 2],
  ['before-settle', 7, 1],
  ['during-settle', 1, 2],
  ['during-settle', 5, 1],
  ['during-trim', 2, 1],
]

test.for(DEATHS)(
  'a daemon killed at %s, the time number %i, %i in a row: nothing is lost, nothing is twice in mongo, the account is exact',
  async ([point, times, deaths], ctx) => {
    const redis = await redisServer.orSkip(ctx.skip)
    const mongo = await mongoServer.orSkip(ctx.skip)
    const { runToDeath, finish } = await scene(redis.url, mongo.url)
    for (let i = 0; i < deaths; i++) await runToDeath(`${point}:${times}`)
    await finish()
  },
)

test('a daemon killed while it takes over what a killed one held: the third gets it, and nothing is lost or twice in mongo', async ctx => {
  const redis = await redisServer.orSkip(ctx.skip)
  const mongo = await mongoServer.orSkip(ctx.skip)
  const { set, runToDeath, finish } = await scene(redis.url, mongo.url)
  await runToDeath('before-settle:2')
  const key = `{${set.name}:0}:frames`
  const isOver = async (pump: string) => (await set.redis.xpending(key, pump, 'IDLE', LEASE_MS, '-', '+', 1)).length > 0
  await until('leases are over', async () => (await isOver('audit')) || (await isOver('disk')))
  await runToDeath('during-takeover')
  await finish()
})

test('a fault that names no place is refused before anything runs, and an armed one is said', async ctx => {
  const redis = await redisServer.orSkip(ctx.skip)
  const folder = createDaemonFolder()
  opened.push({ close: folder.remove })
  folder.configure(`redis: { url: "${redis.url}" }\nhealth: { enabled: false }\npumps: { none: { type: 'null' } }\n`)
  const refused = folder.startWith({ PUMPHOUSE_FAULT: 'somewhere' }, 'run')
  expect(await refused.exitCode()).toBe(78)
  expect(refused.stderr()).toContain('PUMPHOUSE_FAULT names none of after-read, ')
  await folder.startWith({ PUMPHOUSE_FAULT: 'mid-write:9' }, 'run').logged('armed to kill itself: this is a test')
})
