/**
 * What Redis answers is altered on the way: bits, bytes, lengths. The daemon must live through it in its memory, and nothing may be
 * counted that did not happen. (Altered one by one, 100,000 times: packages/queue/src/replies-fuzz.server.test.ts.)
 */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { sharedServer, startMongo, startProxy, startRedis, until } from '@pumphouse/testkit'
import { afterAll, afterEach, beforeEach, expect, type TestContext, test } from 'vitest'
import { createDaemonFolder, type DaemonFolder } from '../daemon-command.ts'
import { createTestSet } from '../test-set.ts'
import { ledgerProblems, mongoTarget } from './evidence.ts'
import { pushSteadily, STEADY_LANE } from './steady-push.ts'
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
const DURATION_MS = isSoak ? 120_000 : 8_000
/** A soak leaves more to do, beside whatever else the machine does. */
const FINISH_MS = isSoak ? 300_000 : 30_000
/** One chunk in so many is altered: the connection works long enough in between for every kind of reply to come. */
const ONE_IN = 25
/** What an idle daemon has, what it may hold, and a wrong length of a list or two. */
const MAX_RSS_MIB = 350
const KIB_PER_MIB = 1024
const MAX_CONTROL_BYTES = 300
/** Fewer show nothing. */
const LEAST_ALTERED = 5

/** Noise keeps frames larger than any control reply. */
const fields = () => ({ noise: `${random()}${random()}` })

/** Changes one byte, leaves some out, or puts some in. */
function altered(chunk: Buffer): Buffer {
  const at = Math.floor(random() * chunk.length)
  const kind = random()
  if (kind < 0.5) {
    const copy = Buffer.from(chunk)
    copy[at] = (copy[at] as number) ^ (1 << Math.floor(random() * 8))
    return copy
  }
  if (kind < 0.7) return Buffer.concat([chunk.subarray(0, at), chunk.subarray(at + 1 + Math.floor(random() * 4))])
  const inserted = ['9', '99', '\r\n', '*9\r\n', ':1\r\n', '$-1\r\n'][Math.floor(random() * 6)] as string
  return Buffer.concat([chunk.subarray(0, at), Buffer.from(inserted), chunk.subarray(at)])
}

/** The answer of a settle, a renewal, a trim or an empty read: short, and all of it text, without the name of a frame. */
function isControlReply(chunk: Buffer): boolean {
  return (
    chunk.length < MAX_CONTROL_BYTES &&
    !chunk.includes(`${STEADY_LANE}/`) &&
    /^[*:$+][\x20-\x7e\r\n]*\r\n$/.test(chunk.toString('latin1'))
  )
}

/** Runs a daemon behind a proxy that alters what `mayAlter` lets it, while records come in; then everything is right again. */
async function live(ctx: TestContext, mayAlter: (chunk: Buffer) => boolean) {
  const redis = await redisServer.orSkip(ctx.skip)
  const mongo = await mongoServer.orSkip(ctx.skip)
  const set = await createTestSet(redis.url)
  const target = await mongoTarget(mongo.url, set.name)
  const proxy = await startProxy(redis.port)
  ctx.onTestFinished(async () => {
    await target.close()
    await proxy.close()
    set.close()
  })
  folder.configure(`
redis: { url: "redis://127.0.0.1:${proxy.port}", commandTimeout: 500ms }
analytics: { name: ${set.name}, lease: 500ms, maxDeliveries: 0 }
purgeDelay: 5ms
batch: { maxRecords: 200, maxAge: 10ms }
health: { enabled: false }
pumps:
  audit: { type: mongo, meta: ${target.meta} }
`)
  const daemon = folder.start('run')
  await daemon.logged('pumphouse runs')
  const pushing = pushSteadily(redis.url, set.name, { fields })
  let count = 0
  proxy.alter('toClient', chunk => {
    if (!mayAlter(chunk) || random() > 1 / ONE_IN) return chunk
    count++
    return altered(chunk)
  })
  await sleep(DURATION_MS)
  // Each may cost the daemon a second; a busy machine comes to few in that time.
  await until('enough to be altered', () => count > LEAST_ALTERED, FINISH_MS)
  proxy.heal()
  const accepted = await pushing.stop()
  const isDone = async (): Promise<boolean> => (await set.status('audit')).pending === 0
  await until('nothing is pending', isDone, FINISH_MS).catch((error: Error) => {
    throw new Error(`${error.message}; the daemon said last: ${daemon.stderr().split('\n').slice(-10).join('\n')}`)
  })
  const rssMiB = peakRssMiB(daemon.process.pid)
  daemon.process.kill('SIGTERM')
  expect(await daemon.exitCode()).toBe(0)
  expect(rssMiB).toBeLessThan(MAX_RSS_MIB)
  process.stdout.write(`${accepted} records through ${count} altered chunks, peak RSS ${rssMiB.toFixed(0)} MiB\n`)
  return { set, target, accepted }
}

/** 0 where the system does not tell. */
function peakRssMiB(pid: number | undefined): number {
  if (process.platform !== 'linux') return 0
  const [, kib] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) / KIB_PER_MIB
}

test('answers about settling, renewing and trimming that are altered lose nothing, double nothing and count nothing false', {
  timeout: DURATION_MS + 2 * FINISH_MS,
}, async ctx => {
  const { set, target, accepted } = await live(ctx, isControlReply)
  expect((await set.status('audit')).pushed).toBe(accepted)
  expect(await ledgerProblems(set, 'audit', { delivered: await target.written() })).toEqual([])
})

test('whatever is altered, the daemon lives on within its memory, and its account adds up', {
  timeout: DURATION_MS + 2 * FINISH_MS,
}, async ctx => {
  const { set, accepted } = await live(ctx, () => true)
  expect(await set.status('audit')).toMatchObject({ pushed: accepted, pending: 0, leasedFrames: 0, holds: true })
})
