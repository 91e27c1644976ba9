/** A daemon that stands still for longer than its lease, as a suspended machine does, and then goes on as if nothing had happened. */
import { setTimeout as sleep } from 'node:timers/promises'
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
const LEASE_MS = 400

test('a daemon frozen past its lease and thawed acks nothing that another took over, and doubles nothing in mongo', async ctx => {
  const redis = await redisServer.orSkip(ctx.skip)
  const mongo = await mongoServer.orSkip(ctx.skip)
  const set = await createTestSet(redis.url)
  await set.push(RECORDS, { perFrame: 50 })
  const target = await mongoTarget(mongo.url, set.name)
  const yaml = `
redis: { url: "${redis.url}" }
analytics: { name: ${set.name}, lease: ${LEASE_MS}ms }
purgeDelay: 20ms
batch: { maxRecords: 300, maxAge: 50ms }
health: { enabled: false }
pumps:
  audit: { type: mongo, meta: ${target.meta} }
`
  const start = () => {
    const folder = createDaemonFolder()
    folders.push(folder)
    folder.configure(yaml)
    return folder.start('run')
  }
  const frozen = start()
  await until('it is at work', async () => (await target.count()) > 0)
  frozen.process.kill('SIGSTOP')
  expect((await set.status('audit')).leasedFrames).toBeGreaterThan(0)
  const other = start()
  await other.logged('pumphouse runs')
  await sleep(LEASE_MS * 1.5)
  frozen.process.kill('SIGCONT')
  await frozen.logged('leases ran out and were taken over by another consumer')
  // Now both are at work, and either may have what the other loses.
  for (const daemon of [other, frozen, other]) {
    await set.push(RECORDS / 4, { perFrame: 50 })
    daemon.process.kill('SIGSTOP')
    await sleep(LEASE_MS * 1.5)
    daemon.process.kill('SIGCONT')
  }
  await until('nothing is pending', async () => (await set.status('audit')).pending === 0, 60_000)
  for (const daemon of [frozen, other]) {
    daemon.process.kill('SIGTERM')
    expect(await daemon.exitCode()).toBe(0)
  }
  expect(await ledgerProblems(set, 'audit', { delivered: await target.written() })).toEqual([])
  const counted = [frozen, other].map(({ log }) => log().at(-1)?.['pumps'] as { audit: { delivered: number } })
  const { pushed } = await set.status('audit')
  expect(counted.reduce((sum, { audit }) => sum + audit.delivered, 0)).toBe(pushed)
  await target.close()
  set.close()
})
