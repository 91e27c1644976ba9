/**
 * An application with a real reporter and a spool, killed again and again, while connections to Redis are cut, replies are lost, Redis restarts and the daemon
 * dies too. Then calm: every record that was accepted a flush interval before its life ended is in MongoDB, each once, and the set knows how many are not.
 */
import { readProducers } from '@pumphouse/queue'
import { type FaultProxy, sharedServer, startMongo, startProxy, startRedis, until } from '@pumphouse/testkit'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createDaemonFolder, type DaemonFolder } from '../daemon-command.ts'
import { createTestSet } from '../test-set.ts'
import { mongoTarget } from './evidence.ts'
import { AT_ONCE, LIFE, type Life, type RecordingApp, startRecordingApp } from './recording-app.ts'
import { chooseStorm } from './storm-choice.ts'
import { type Faults, loseReplies, storm } from './storm-faults.ts'

const redisServer = sharedServer(() => startRedis(['--appendonly', 'yes', '--appendfsync', 'always']))
const mongoServer = sharedServer(startMongo)
afterAll(() => Promise.all([redisServer.stop(), mongoServer.stop()]))
let folder: DaemonFolder
afterEach(() => folder.remove())

const { seed, durationMs: stormMs, isSoak, random } = chooseStorm()
const DURATION_MS = isSoak ? stormMs : 8_000
const FINISH_MS = Math.max(60_000, DURATION_MS)
const FLUSH_MS = 300
/** A frame must get from its timer to the worker and to the disk, on a machine that runs other tests too. */
const SLACK_MS = 1_500
const MAX_CALM_MS = 1_500

/** What is wrong with a life, given the numbers that arrived. */
function problemsOf(life: Life, index: number, arrived: ReadonlySet<number>): string[] {
  const made = life.made()
  const { killedAtMs = Number.POSITIVE_INFINITY } = life
  const lost = made.filter(({ n, atMs }) => atMs < killedAtMs - FLUSH_MS - SLACK_MS && !arrived.has(n))
  const most = index * LIFE + made.length + (life.killedAtMs === undefined ? 0 : AT_ONCE)
  const invented = [...arrived].filter(n => Math.floor(n / LIFE) === index && n >= most)
  return [
    ...(lost.length > 0 ? [`life ${index} of ${made.length} lost ${lost.length}, the first ${lost[0]?.n}`] : []),
    ...(invented.length > 0 ? [`life ${index} never made ${invented[0]}`] : []),
  ]
}

async function trouble(app: RecordingApp, proxy: FaultProxy, restartRedis: () => Promise<void>): Promise<string[]> {
  let daemon = folder.start('run')
  const faults: Faults = {
    killApp: () => app.kill(),
    async killDaemon() {
      daemon.process.kill('SIGKILL')
      await daemon.exitCode()
      daemon = folder.start('run')
    },
    cut: async () => proxy.cut(),
    loseReplies: () => loseReplies(proxy, random() * MAX_CALM_MS),
    restartRedis,
  }
  const names = ['killApp', 'killApp', 'killApp', 'killDaemon', 'cut', 'loseReplies', 'restartRedis']
  // The first is what this is about.
  return storm(faults, names, { durationMs: DURATION_MS, random, maxCalmMs: MAX_CALM_MS, first: 'killApp' })
}

test('an application that is killed again and again brings what its spool had, once, whatever Redis and the daemon do', {
  timeout: DURATION_MS + 3 * FINISH_MS,
}, async ctx => {
  const redis = await redisServer.orSkip(ctx.skip)
  const mongo = await mongoServer.orSkip(ctx.skip)
  folder = createDaemonFolder()
  const set = await createTestSet(redis.url, { name: `app-storm-${seed}` })
  const target = await mongoTarget(mongo.url, set.name)
  const proxy = await startProxy(redis.port)
  const url = `redis://127.0.0.1:${proxy.port}`
  folder.configure(`
redis: { url: "${url}", commandTimeout: 1s }
analytics: { name: ${set.name}, partitions: 1, lease: 500ms, maxDeliveries: 0 }
purgeDelay: 50ms
health: { enabled: false }
pumps:
  audit: { type: mongo, meta: ${target.meta} }`)
  const app = startRecordingApp(folder.path, url, set.name, FLUSH_MS)
  const done = await trouble(app, proxy, () => redis.restart())

  expect(await app.stop()).toBe(0)
  await app.drain(FINISH_MS)
  await until('nothing is pending', async () => (await set.status('audit')).pending === 0, FINISH_MS)

  const written = (await target.written()).map(Number)
  const arrived = new Set(written)
  expect(written.length, 'each once').toBe(arrived.size)
  const problems = app.lives.flatMap((life, index) => problemsOf(life, index, arrived))
  expect(problems, done.join(' ')).toEqual([])
  const { pushed, delivered, holds } = await set.status('audit')
  expect({ pushed, delivered, holds }).toEqual({ pushed: arrived.size, delivered: arrived.size, holds: true })

  const { producers } = await readProducers(set.redis, { name: set.name, partitions: 1 })
  const sum = (list: readonly number[]): number => list.reduce((total, count) => total + count, 0)
  expect(sum(producers.map(({ received }) => received))).toBe(arrived.size)
  const madeInAll = sum(app.lives.map(life => life.made().length))
  const unaccounted = sum(producers.map(producer => producer.unaccounted))
  process.stdout.write(
    `${madeInAll} records in ${app.lives.length} lives, through ${done.length} faults: ${madeInAll - arrived.size} lost with them, ${unaccounted} by the account\n`,
  )
  await target.close()
  await proxy.close()
  set.close()
})
