/** What Redis knew of a pump vanishes while it works: it is made again, and the log says in numbers what nobody can see any more. */
import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { createTestDaemon, keepingPump } from '../../test/test-pipeline.ts'
import { createTestSet } from '../../test/test-set.ts'

const server = sharedServer(startRedis)
afterAll(() => server.stop())

/** Of 100 records 79 are delivered, 20 filtered and 1 is dead-lettered; then a write of 30 in frames of 10 is under way until `goOn`. */
async function midWrite(skip: (reason: string) => never) {
  const set = await createTestSet((await server.orSkip(skip)).url)
  const daemon = createTestDaemon(set, { leaseMs: 60_000 })
  let goOn = (): void => {}
  const held = new Promise<void>(resolve => {
    goOn = resolve
  })
  const pump = keepingPump({
    async write(batch) {
      if (batch.some(({ n }) => (n as number) >= 100)) await held
      const rejected = batch.flatMap(({ n }, index) =>
        n === 33 ? [{ index, reason: 'validation', message: 'no' }] : [],
      )
      return { rejected }
    },
  })
  const filters = { include: {}, exclude: { kind: ['probe'] } }
  const pipeline = daemon.add('audit', pump, { filters })
  onTestFinished(async () => {
    goOn()
    await daemon.stop()
    set.close()
  })
  await set.push(100, { perFrame: 10, fields: n => ({ kind: n % 5 === 0 ? 'probe' : 'real' }) })
  pipeline.start()
  await until('the first hundred is settled', () => pipeline.health().filtered + pipeline.health().delivered === 99)
  await set.push(30, { perFrame: 10 })
  await until('thirty are under way', () => pipeline.health().inFlight === 30)
  return { set, daemon, pipeline, goOn, counters: `{${set.name}:0}:counters`, frames: `{${set.name}:0}:frames` }
}

/** The lines that say that something had vanished, each with its fields. */
function vanished({ log }: ReturnType<typeof createTestDaemon>): unknown[] {
  const lines = log.lines.map((line, i) => ({ line, ...log.fields[i] }))
  return lines.filter(({ line }) => line.includes('vanished'))
}

const settledBefore = { pump: 'audit', partition: 0, delivered: 79, filtered: 20, deadLettered: 1 }
const underWay = { framesInFlight: 3, recordsInFlight: 30 }

test('everything: the group is made again, and the log says what this process had settled and has under way', async ctx => {
  const { set, daemon, pipeline, goOn } = await midWrite(ctx.skip)
  await set.redis.flushall()
  await until('it is said', () => vanished(daemon).length > 0)
  const line = 'the group had vanished from Redis and was created again'
  expect(vanished(daemon)).toEqual([{ line, ...settledBefore, ...underWay, pending: 0 }])
  goOn()
  await until('what was under way is let go', () => pipeline.health().inFlight === 0)
  await set.push(10)
  await until('what comes then is settled', async () => (await set.status('audit')).delivered === 10)
  expect(await set.status('audit')).toMatchObject({ pushed: 10, deadLettered: 0, pending: 0, holds: true })
  // The counts of the new group begin anew.
  await set.redis.flushall()
  await until('it is said again', () => vanished(daemon).length === 2)
  expect(vanished(daemon)[1]).toMatchObject({ delivered: 10, filtered: 0, deadLettered: 0, framesInFlight: 0 })
})

test('the counters: the account begins anew with what is pending, what is under way included, and the law holds all the time', async ctx => {
  const { set, daemon, pipeline, goOn, counters } = await midWrite(ctx.skip)
  await set.redis.del(counters)
  expect(await set.status('audit')).toMatchObject({ pushed: 30, delivered: 0, pending: 30, holds: true })
  await until('it is said', () => vanished(daemon).length > 0)
  const line = 'the account had vanished from Redis and was begun anew with what is pending'
  expect(vanished(daemon)).toEqual([{ line, ...settledBefore, ...underWay, pending: 30 }])
  goOn()
  await until('what was under way is settled', () => pipeline.health().inFlight === 0)
  await set.push(10)
  await until('what comes then is settled', async () => (await set.status('audit')).pending === 0)
  expect(await set.status('audit')).toMatchObject({ pushed: 40, delivered: 40, deadLettered: 0, holds: true })
  expect((await set.status('audit')).sinceRebuiltMs).toBeGreaterThanOrEqual(0)
  expect(vanished(daemon)).toHaveLength(1)
})

test('the dead letters: they are gone, the account still counts them, and a new one is kept', async ctx => {
  const { set, goOn } = await midWrite(ctx.skip)
  await set.redis.del(`{${set.name}:0}:dead`)
  await set.pushEntry({ f: 'no frame', n: '0' })
  goOn()
  await until('all is settled', async () => (await set.status('audit')).delivered === 109)
  await until('the new letter is there', async () => (await set.deadLetters()).length === 1)
  expect(await set.status('audit')).toMatchObject({ pushed: 130, deadLettered: 1, pending: 0, holds: true })
})
