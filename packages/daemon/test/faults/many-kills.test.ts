/** Kills at random moments of a long drain, with nothing else going wrong. In a soak it is a million records and a hundred kills. */
import { join } from 'node:path'
import { sharedServer, startMongo, startRedis, until } from '@pumphouse/testkit'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { createDaemonFolder, type DaemonFolder } from '../daemon-command.ts'
import { createTestSet } from '../test-set.ts'
import { ledgerProblems, linesWritten, mongoTarget } from './evidence.ts'
import { chooseStorm } from './storm-choice.ts'

const redisServer = sharedServer(startRedis)
const mongoServer = sharedServer(startMongo)
afterAll(() => Promise.all([redisServer.stop(), mongoServer.stop()]))
let folder: DaemonFolder
beforeEach(() => {
  folder = createDaemonFolder()
})
afterEach(() => folder.remove())

const { isSoak, random } = chooseStorm()
const [RECORDS, KILLS] = isSoak ? [1_000_000, 100] : [30_000, 4]
/** A life delivers about so much before it is ended; together they leave a rest for the last. */
const PER_LIFE = (0.9 * RECORDS) / KILLS
const TIMEOUT_MS = isSoak ? 1_200_000 : 120_000
/** A soak runs beside other work, at the lowest priority. */
const PROGRESS_MS = isSoak ? 300_000 : 30_000

test('a daemon killed again and again in mid-drain loses nothing, and nothing is twice in mongo', {
  timeout: TIMEOUT_MS,
}, async ctx => {
  const redis = await redisServer.orSkip(ctx.skip)
  const mongo = await mongoServer.orSkip(ctx.skip)
  const set = await createTestSet(redis.url)
  await set.push(RECORDS, { perFrame: 100 })
  const target = await mongoTarget(mongo.url, set.name)
  folder.configure(`
redis: { url: "${redis.url}" }
analytics: { name: ${set.name}, lease: 500ms }
purgeDelay: 50ms
batch: { maxRecords: 500, maxAge: 100ms }
health: { enabled: false }
pumps:
  audit: { type: mongo, meta: ${target.meta} }
  disk: { type: file, meta: { path: ./records.jsonl } }
`)
  // By the account in Redis: counting documents all the time would be what the server is busy with.
  const delivered = async () => (await set.status('audit').catch(() => undefined))?.delivered ?? 0
  let before = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const daemon = folder.start('run')
    const enough = before + PER_LIFE * random()
    await until('it is in the middle of it', async () => (await delivered()) > enough, PROGRESS_MS)
    daemon.process.kill('SIGKILL')
    await daemon.exitCode()
    before = await delivered()
  }
  expect(before).toBeLessThan(RECORDS)

  const last = folder.start('run')
  const isDone = async (pump: string): Promise<boolean> => (await set.status(pump)).pending === 0
  await until('nothing is pending', async () => (await isDone('audit')) && (await isDone('disk')), TIMEOUT_MS / 2)
  last.process.kill('SIGTERM')
  expect(await last.exitCode()).toBe(0)
  expect(await ledgerProblems(set, 'audit', { delivered: await target.written() })).toEqual([])
  const lines = linesWritten(join(folder.path, 'records.jsonl'), KILLS)
  expect(await ledgerProblems(set, 'disk', { delivered: lines, mayRepeat: true })).toEqual([])
  process.stdout.write(`${RECORDS} records through ${KILLS} kills; ${lines.length - RECORDS} lines twice in the file\n`)
  await target.close()
  set.close()
})
