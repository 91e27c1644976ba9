/** Clocks that are hours apart: what counts is Redis' own, for leases, for retention and for what `status` says. */
import { sharedServer, startMongo, startRedis, until } from '@pumphouse/testkit'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createDaemonFolder, type DaemonFolder } from '../daemon-command.ts'
import { createTestSet } from '../test-set.ts'
import { ledgerProblems, mongoTarget } from './evidence.ts'

const redisServer = sharedServer(startRedis)
const mongoServer = sharedServer(startMongo)
afterAll(() => Promise.all([redisServer.stop(), mongoServer.stop()]))
const folders: DaemonFolder[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove()
})

const RECORDS = 20_000
const LEASE_MS = 2_000
const HOURS = 5
const HOUR_MS = 3_600_000

/** A Node whose Date is wrong by so many hours. */
function clockOff(hours: number): Record<string, string> {
  const program = `
    const Right = Date
    const byMs = ${hours * HOUR_MS}
    globalThis.Date = class extends Right {
      constructor(...given) { given.length === 0 ? super(Right.now() + byMs) : super(...given) }
      static now() { return Right.now() + byMs }
    }`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(program)}` }
}

test('daemons whose clocks are hours apart keep and take over leases, and retain and tell by the clock of Redis', async ctx => {
  const redis = await redisServer.orSkip(ctx.skip)
  const mongo = await mongoServer.orSkip(ctx.skip)
  const set = await createTestSet(redis.url)
  await set.push(RECORDS, { perFrame: 50 })
  const target = await mongoTarget(mongo.url, set.name)
  const yaml = `
redis: { url: "${redis.url}" }
analytics: { name: ${set.name}, lease: ${LEASE_MS}ms, grace: 1h, retention: { maxAge: 1h } }
purgeDelay: 20ms
batch: { maxRecords: 300, maxAge: 50ms }
health: { enabled: false }
pumps:
  audit: { type: mongo, meta: ${target.meta} }
`
  const folder = (): DaemonFolder => {
    const made = createDaemonFolder()
    folders.push(made)
    made.configure(yaml)
    return made
  }
  const ahead = folder().startWith(clockOff(HOURS), 'run')
  const behind = folder().startWith(clockOff(-HOURS), 'run')
  for (const daemon of [ahead, behind]) {
    const { time } = await daemon.logged('pumphouse runs')
    expect(Math.abs(Date.now() - new Date(time as string).getTime())).toBeGreaterThan((HOURS - 1) * HOUR_MS)
  }
  await until('they are at work', async () => (await target.count()) > 1_000)
  const takenOver = [...ahead.messages(), ...behind.messages()].filter(line => line.includes('taken over'))
  expect(takenOver, 'a lease that is kept is nobody else’s').toEqual([])

  ahead.process.kill('SIGKILL')
  await ahead.exitCode()
  await until('nothing is pending', async () => (await set.status('audit')).pending === 0, 60_000)
  // Nobody reads it: how long it has waited is seen in what status says.
  behind.process.kill('SIGTERM')
  expect(await behind.exitCode()).toBe(0)
  await set.push(100)
  for (const hours of [HOURS, -HOURS]) {
    const status = folder().startWith(clockOff(hours), 'status', '--json')
    expect(await status.exitCode(), status.stderr()).toBe(0)
    const { audit } = JSON.parse(status.stdout()).pumps
    expect(audit).toMatchObject({ pending: 100, removed: 0, holds: true })
    expect(audit.oldestMs).toBeLessThan(60_000)
  }
  const last = folder().startWith(clockOff(HOURS), 'run')
  await until('nothing is pending', async () => (await set.status('audit')).pending === 0, 60_000)
  last.process.kill('SIGTERM')
  expect(await last.exitCode()).toBe(0)
  expect(await ledgerProblems(set, 'audit', { delivered: await target.written() })).toEqual([])
  await target.close()
  set.close()
})
