import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { ascending, createTestDaemon, keepingPump, numbers } from '../../test/test-pipeline.ts'
import { createTestSet, type TestSet } from '../../test/test-set.ts'

const server = sharedServer(startRedis)
let set: TestSet
let daemon: ReturnType<typeof createTestDaemon>

beforeEach(async ctx => {
  set = await createTestSet((await server.orSkip(ctx.skip)).url)
  daemon = createTestDaemon(set)
})
afterEach(async () => {
  await daemon?.stop(1000)
  set?.close()
})
afterAll(() => server.stop())

const BATCH = { maxRecords: 50, maxBytes: 1 << 20, maxAgeMs: 20 }

test('with concurrency so many writes are under way at once and no more, and the account is exact', async () => {
  let underWay = 0
  let most = 0
  let full = (): void => {}
  const threeAtOnce = new Promise<void>(resolve => {
    full = resolve
  })
  const pump = keepingPump({
    async write(batch) {
      underWay += 1
      most = Math.max(most, underWay)
      if (underWay === 3) full()
      await threeAtOnce
      underWay -= 1
      return batch.some(({ n }) => n === 7) ? { rejected: [{ index: 7, reason: 'odd', message: '' }] } : undefined
    },
  })
  await set.push(1000)
  daemon.add('wide', pump, { concurrency: 3, batch: BATCH }).start()
  await until('all is settled', async () => (await set.status('wide')).pending === 0)
  expect(most).toBe(3)
  expect(ascending(pump.got)).toEqual(numbers(1000))
  expect(await set.status('wide')).toMatchObject({ delivered: 999, deadLettered: 1, leasedFrames: 0, holds: true })
})

test('writes under way at once are all ended by a stop, and nothing of them is lost', async () => {
  const pump = keepingPump({ write: () => new Promise(() => {}) })
  await set.push(300)
  const pipeline = daemon.add('hanging', pump, { concurrency: 3, batch: BATCH, timeoutMs: 60_000 })
  pipeline.start()
  await until('records are in flight', () => pipeline.health().inFlight > 0)
  const stopped = await pipeline.stop(300)
  expect(stopped.released).toBeGreaterThan(0)
  expect(await set.status('hanging')).toMatchObject({ delivered: 0, pending: 300, leasedFrames: 0, holds: true })
})

test('several writers leave a target alone that fails, and one probe shows that it is back', async () => {
  let failing = true
  let attempts = 0
  const pump = keepingPump({
    async write() {
      attempts += 1
      if (failing) throw new Error('no')
      return undefined
    },
  })
  await set.push(500)
  const breaker = { failures: 3, openForMs: 300 }
  const pipeline = daemon.add('probed', pump, { concurrency: 3, batch: BATCH, breaker })
  pipeline.start()
  await until('it is open', () => pipeline.health().breaker === 'open')
  const before = attempts
  await until('it was probed', () => attempts > before)
  failing = false
  await until('all is settled', async () => (await set.status('probed')).pending === 0)
  expect(ascending(pump.got)).toEqual(numbers(500))
  expect(pipeline.health().breaker).toBe('closed')
})

test('with a rate limit a pump gets no more records in a time, and gets them all', async () => {
  const times: number[] = []
  const pump = keepingPump({
    async write() {
      times.push(performance.now())
      return undefined
    },
  })
  await set.push(500)
  const rateLimit = { maxRecords: 500, perMs: 1_000 }
  daemon.add('paced', pump, { rateLimit, batch: { ...BATCH, maxRecords: 100 } }).start()
  await until('all is settled', async () => (await set.status('paced')).pending === 0)
  expect(pump.got).toEqual(numbers(500))
  // Five batches of 100: the last goes when the time of the four before it is over. A timer may be a millisecond early.
  expect((times.at(-1) as number) - (times[0] as number)).toBeGreaterThanOrEqual(795)
})

test('while one batch is being written the pump is shown the next one, once, and no further ones', async () => {
  const prepared: (readonly object[])[] = []
  let goOn = (): void => {}
  const pump = keepingPump({
    prepare: batch => prepared.push(batch),
    write: () =>
      new Promise(resolve => {
        goOn = resolve
      }),
  })
  await set.push(300)
  daemon.add('ahead', pump, { batch: BATCH }).start()
  await until('the second batch is ready', () => prepared.length === 1)
  const [second] = prepared
  expect(pump.got).toHaveLength(0)
  goOn()
  await until('the second batch is being written, and the third ready', () => prepared.length === 2)
  expect(ascending(pump.got)).toEqual(numbers(50))
  expect(second?.map(record => (record as { n: number }).n)).toEqual(numbers(100).slice(50))
})
