import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ascending, createTestDaemon, keepingPump, numbers } from '../../test/test-pipeline.ts'
import { createTestSet, frameBytes, type TestSet } from '../../test/test-set.ts'

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

const settled = (pump: string): Promise<unknown> =>
  until(`${pump} has nothing pending`, async () => (await set.status(pump)).pending === 0)

describe('a pipeline', () => {
  test('drains what is there and then what comes, every record once and in order', async () => {
    await set.push(1050)
    const pump = keepingPump()
    const pipeline = daemon.add('audit', pump)
    pipeline.start()
    await until('the backlog is delivered', () => pump.got.length === 1050)
    await set.push(300, { perFrame: 7 })
    await until('the rest is delivered', () => pump.got.length === 1350)
    expect(pump.got).toEqual(numbers(1350))
    await until('all is counted', () => pipeline.health().delivered === 1350)
    await until('it rests', () => pipeline.health().state === 'idle')
    expect(await set.status('audit')).toMatchObject({ delivered: 1350, pending: 0, leasedFrames: 0, holds: true })
    expect(pipeline.health()).toMatchObject({ inFlight: 0, failures: 0, stalled: false })
  })

  test('with a purge delay of 0 sees a record long before a second has passed', async () => {
    const pump = keepingPump()
    daemon.add('audit', pump, { purgeDelayMs: 0 }).start()
    await until('the group is there', () => set.status('audit').catch(() => undefined))
    // A busy machine may be elsewhere for a second; a pipeline that sleeps does so each time.
    const took: number[] = []
    for (let records = 1; records <= 3; records++) {
      await set.push(1)
      const pushed = performance.now()
      await until('the record is there', () => pump.got.length === records)
      took.push(performance.now() - pushed)
    }
    expect(Math.min(...took)).toBeLessThan(900)
  })

  test('drains every partition', async () => {
    const wide = await createTestSet((await server.orSkip(expect.fail)).url, { partitions: 3 })
    const drains = createTestDaemon(wide, { partitions: 3 })
    await wide.push(900, { perFrame: 10 })
    const pump = keepingPump()
    drains.add('audit', pump).start()
    await until('all is delivered', () => pump.got.length === 900)
    await drains.stop()
    expect(ascending(pump.got)).toEqual(numbers(900))
    expect(await wide.status('audit')).toMatchObject({ delivered: 900, pending: 0, holds: true })
    wide.close()
  })

  test('gives a pump batches within its bounds, frozen to the ground', async () => {
    await set.push(250, { perFrame: 100, fields: () => ({ tags: ['a'] }) })
    const sizes: number[] = []
    const frozen = new Set<boolean>()
    const pump = keepingPump({
      write: async batch => {
        sizes.push(batch.length)
        for (const value of [batch, batch[0], batch[0]?.tags]) frozen.add(Object.isFrozen(value))
      },
    })
    daemon.add('audit', pump, { batch: { maxRecords: 60, maxBytes: 1e6, maxAgeMs: 50 } }).start()
    await settled('audit')
    expect(Math.max(...sizes)).toBe(60)
    expect(pump.got).toEqual(numbers(250))
    expect([...frozen]).toEqual([true])
  })

  test('filters and omits for its own pump only', async () => {
    await set.push(400, { perFrame: 50, fields: n => ({ statusCode: n % 4 === 0 ? 404 : 200, request: `body ${n}` }) })
    const narrow = keepingPump()
    const wide = keepingPump()
    const filters = { include: { statusCode: ['2xx'] }, exclude: { n: [1, 2] } }
    daemon.add('narrow', narrow, { filters, omitDetailedRecording: true }).start()
    daemon.add('wide', wide).start()
    await Promise.all([settled('narrow'), settled('wide')])
    expect(narrow.got).toEqual(numbers(400).filter(n => n % 4 !== 0 && n !== 1 && n !== 2))
    expect(narrow.records.some(record => 'request' in record)).toBe(false)
    expect(wide.got).toEqual(numbers(400))
    expect(wide.records.every(({ n, request }) => request === `body ${n}`)).toBe(true)
    expect(await set.status('narrow')).toMatchObject({ delivered: 298, filtered: 102, holds: true })
    expect(await set.status('wide')).toMatchObject({ delivered: 400, filtered: 0, holds: true })
  })

  test('settles frames of which nothing passes the filter', async () => {
    await set.push(100, { perFrame: 10 })
    daemon.add('audit', keepingPump(), { filters: { include: { n: [-1] }, exclude: {} } }).start()
    await settled('audit')
    expect(await set.status('audit')).toMatchObject({ delivered: 0, filtered: 100, holds: true })
  })

  test('dead-letters what its pump rejects and delivers the neighbours', async () => {
    await set.push(100, { perFrame: 10 })
    const pump = keepingPump({
      write: async batch => ({
        rejected: batch.flatMap(({ n }, index) => (n === 33 ? [{ index, reason: 'validation', message: 'no' }] : [])),
      }),
    })
    daemon.add('audit', pump).start()
    await settled('audit')
    expect(await set.status('audit')).toMatchObject({ delivered: 99, deadLettered: 1, holds: true })
    const [letter] = await set.deadLetters()
    expect(String(letter?.['reason'])).toBe('validation')
    expect(String(letter?.['recordId'])).toBe(pump.records.find(({ n }) => n === 33)?.id)
  })

  test('quarantines what is no frame, with its bytes, and goes on', async () => {
    await set.push(10)
    const cut = Buffer.from(frameBytes([{ n: 1 }, { n: 2 }])).subarray(0, 30)
    const newer = Buffer.from(frameBytes([{ n: 1 }]))
    newer[1] = 9
    const whole = Buffer.from(frameBytes([{ n: 1 }, { n: 2 }]))
    await set.pushEntry({ f: Buffer.from('no frame'), n: '0' })
    await set.pushEntry({ f: cut, n: '0' })
    await set.pushEntry({ f: newer, n: '0' })
    await set.pushEntry({ f: whole, n: '5' })
    await set.pushEntry({ other: 'fields' })
    await set.push(10)
    const pump = keepingPump()
    daemon.add('audit', pump).start()
    await until('all dead letters are there', async () => (await set.deadLetters()).length === 5)
    await until('the neighbours are settled', async () => (await set.status('audit')).delivered === 20)
    const letters = await set.deadLetters()
    expect(letters.map(({ reason }) => String(reason))).toEqual([
      'PH_FRAME_MALFORMED',
      'PH_FRAME_MALFORMED',
      'PH_FRAME_VERSION',
      'PH_FRAME_MALFORMED',
      'PH_FRAME_MALFORMED',
    ])
    expect(letters.map(({ body }) => body)).toEqual([Buffer.from('no frame'), cut, newer, whole, Buffer.alloc(0)])
    expect(await set.status('audit')).toMatchObject({ pendingFrames: 0, delivered: 20 })
  })
})
