import { type AnalyticsRecord, decodeFrame, encodeFrame } from '@pumphouse/record'
import { afterEach, describe, expect, it } from 'vitest'
import { heldLanes } from '../test/held-lane.ts'
import { type LaneOrder, PUSH_FRAMES, WINDOW } from './lane/lane-messages.ts'
import { loadReporterOptions, type ReporterOptions } from './options.ts'
import { type Reporter, startReporter } from './reporter.ts'
import type { ReporterStats } from './tally.ts'

const open: Reporter[] = []

function start(options: ReporterOptions = {}) {
  const { lanes, start: startThread } = heldLanes()
  const warnings: string[] = []
  const onWarning = ({ code }: { code: string }): void => void warnings.push(code)
  const settings = loadReporterOptions({ service: 's', onWarning, ...options }, {})
  const reporter = startReporter(settings, startThread)
  open.push(reporter)
  return { reporter, lanes, warnings, record: (count: number) => times(count, i => reporter.record({ i })) }
}

function times<T>(count: number, act: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => act(i))
}

/** The records of an order, as the daemon would read them. */
function recordsOf({ baseId, sequence, counters, batch }: LaneOrder): readonly AnalyticsRecord[] {
  const producer = { service: 's', instance: 'i', lane: 'l', sequence, counters }
  return decodeFrame(encodeFrame(baseId, producer, batch)).records
}

/** The two laws of ReporterStats. */
function expectLaws(stats: ReporterStats): void {
  const dropped = Object.values(stats.dropped).reduce((sum, count) => sum + count, 0)
  expect(stats.accepted + stats.refused + stats.sampledOut).toBe(stats.created)
  expect(stats.sent + stats.spooled + stats.queued + dropped - stats.refused).toBe(stats.accepted)
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(reporter => reporter.close({ timeout: 0 })))
})

describe('record()', () => {
  it('hands batches of batchSize over, and keeps the rest until flushInterval', async () => {
    const { record, lanes, reporter } = start({ batchSize: 10, flushInterval: '50ms' })
    expect(record(25)).toEqual(times(25, () => true))
    const handed = () => lanes[0]?.orders.map(order => order.batch.count)
    expect(handed()).toEqual([10])
    await expect.poll(handed).toEqual([10, 10, 5])
    expect(reporter.stats()).toMatchObject({ created: 25, accepted: 25, queued: 25, sent: 0 })
  })

  it('hands over together what fills in quick succession, but holds nothing back that is much', async () => {
    const { record, lanes } = start({ batchSize: 1 })
    const handed = () => lanes[0]?.orders.length
    record(4)
    expect(handed()).toBe(1)
    await expect.poll(handed).toBe(4)
    record(PUSH_FRAMES - 1)
    expect(handed()).toBe(4)
    record(1)
    expect(handed()).toBe(4 + PUSH_FRAMES)
  })

  it('holds nothing back in a buffer that is half full', () => {
    const { record, lanes } = start({ batchSize: 1, buffer: { maxRecords: 6 } })
    record(4)
    expect(lanes[0]?.orders.length).toBe(4)
  })

  it('spreads batches over the lanes and sends what waits when there is room again', () => {
    const { record, lanes, reporter } = start({ batchSize: 1, poolSize: 2 })
    record(2 * WINDOW + 2)
    expect(lanes.map(lane => lane.orders.length)).toEqual([WINDOW, WINDOW])
    lanes[1]?.send(2)
    expect(lanes[1]?.orders.map(order => order.sequence)).toEqual(times(WINDOW, i => i + 3))
    expect(reporter.stats()).toMatchObject({ sent: 2, queued: 2 * WINDOW })
  })

  it('gives each batch the counters of the moment it was closed, and its own base id', () => {
    const { record, lanes, reporter } = start({ batchSize: 2 })
    record(4)
    void reporter.flush({ timeout: 0 })
    const [first, second] = lanes[0]!.orders
    expect([first?.counters.created, second?.counters.created]).toEqual([2, 4])
    expect(first?.baseId).not.toEqual(second?.baseId)
  })

  it('keeps the share that sample says, and counts the others', () => {
    const { record, reporter, lanes } = start({ sample: 0.25 })
    record(4000)
    const stats = reporter.stats()
    expectLaws(stats)
    expect(stats.accepted).toBeGreaterThan(800)
    expect(stats.accepted).toBeLessThan(1200)
    expect(stats.sampledOutByRoute).toEqual({ '': stats.sampledOut })
    expect(recordsOf(lanes[0]!.orders[0]!)[0]).toMatchObject({ i: expect.any(Number), weight: 4 })
  })
})

it('a flush that waits when it is closed is told that its records were dropped', async () => {
  const { reporter, record } = start()
  record(3)
  const flushed = reporter.flush({ timeout: '1m' })
  const { dropped } = await reporter.close({ timeout: 0 })
  expect(dropped.closed).toBe(3)
  expect(await flushed).toBe(true)
})

describe('update()', () => {
  it('changes the sample, redaction and skip while it runs, and leaves the rest', () => {
    const { record, reporter, lanes } = start({ sample: 0 })
    record(10)
    expect(reporter.stats()).toMatchObject({ accepted: 0, sampledOut: 10 })
    reporter.update({ sample: 1 })
    record(10)
    expect(reporter.stats()).toMatchObject({ accepted: 10, sampledOut: 10 })
    const skip = (): boolean => true
    reporter.update({ redact: { mask: ['note'] }, skip })
    expect(lanes[0]?.changes.at(-1)?.redact).toMatchObject({ defaults: true, mask: ['note'] })
    expect(reporter.skip).toBe(skip)
    record(10)
    expect(reporter.stats()).toMatchObject({ accepted: 20, sampledOut: 10 })
    reporter.update({ skip: undefined })
    expect(reporter.skip).toBeUndefined()
  })

  it('refuses what cannot be changed or used, and then changes nothing', () => {
    const { reporter, lanes } = start()
    const rules = [{ mask: ['a..b'] }, { patterns: ['x*'] }].map(redact => ({ redact }))
    const wrong = [...rules, { poolSize: 0 }, { skip: 'x' }, { sample: 2 }, undefined, null, 'x']
    for (const changes of wrong) {
      expect(() => reporter.update(changes as never)).toThrow(expect.objectContaining({ code: 'PH_CONFIG_INVALID' }))
    }
    expect(lanes[0]?.changes).toEqual([])
  })
})

describe('cardinality', () => {
  it('is bounded as the options say; what came too late is counted, and travels with the frames', () => {
    const { reporter, lanes } = start({ cardinality: { maxRoutes: 1, maxShapes: 2 }, batchSize: 3 })
    reporter.record({ route: '/a' })
    reporter.record({ route: '/b' })
    reporter.record({ route: '/a', x: 1 })
    for (let i = 0; i < 3; i++) reporter.record({ route: '/a', y: 1 })
    void reporter.flush({ timeout: 0 })
    expect(lanes[0]!.orders.flatMap(recordsOf).slice(1, 4)).toMatchObject([
      { route: 'other' },
      { route: '/a', x: 1 },
      { route: '/a', otherFields: { y: 1 } },
    ])
    expect(reporter.stats().altered).toEqual({ too_many_routes: 1, too_many_shapes: 3 })
    expect(lanes[0]?.orders[1]?.counters.altered).toEqual({ too_many_routes: 1, too_many_shapes: 3 })
  })
})

describe('hookFailed()', () => {
  it('warns once for each hook, once more when it is switched off, and never says what was thrown', () => {
    const said: string[] = []
    const { reporter } = start({ onWarning: ({ message }) => void said.push(message) })
    const error = new RangeError('the secret of a request')
    for (let i = 0; i < 5; i++) reporter.hookFailed('enrich', error)
    reporter.hookFailed('skip', 'the secret of a request')
    for (let i = 0; i < 3; i++) reporter.hookFailed('enrich', error, true)
    expect(said).toHaveLength(3)
    expect(said[0]).toMatch(/^enrich failed.*RangeError at .*reporter\.test/)
    expect(said[1]).toMatch(/^skip failed.*string$/)
    expect(said[2]).toMatch(/^enrich keeps failing/)
    expect(said.join() + reporter.stats().lastError).not.toContain('secret')
    expect(reporter.stats().hookErrors).toEqual({ enrich: 8, skip: 1 })
  })
})

describe('a full buffer', () => {
  it('refuses the newest, counts each and warns once an episode', () => {
    const { record, reporter, lanes, warnings } = start({ batchSize: 2, buffer: { maxRecords: 10 } })
    expect(record(13).filter(Boolean)).toHaveLength(10)
    expect(reporter.stats()).toMatchObject({ refused: 3, queued: 10, dropped: { buffer_full: 3 } })
    expect(warnings).toEqual(['PH_REPORTER_BUFFER_FULL'])
    while (lanes[0]!.orders.length > 0) lanes[0]?.send()
    expect(record(13).filter(Boolean)).toHaveLength(10)
    expect(warnings).toHaveLength(2)
    expectLaws(reporter.stats())
  })

  it('drops the oldest waiting batch, counted to the record, when told so', () => {
    const onTheWay = 2 * WINDOW
    const buffer = { maxRecords: onTheWay + 6, onFull: 'drop-oldest' } as const
    const { record, reporter, lanes } = start({ batchSize: 2, buffer })
    expect(record(onTheWay + 12)).toEqual(times(onTheWay + 12, () => true))
    // Of those that waited, the three oldest batches went.
    expect(reporter.stats()).toMatchObject({
      accepted: onTheWay + 12,
      refused: 0,
      queued: onTheWay + 6,
      dropped: { buffer_full: 6 },
    })
    expectLaws(reporter.stats())
    const seen: unknown[] = []
    while (lanes[0]!.orders.length > 0) {
      seen.push(...lanes[0]!.orders.flatMap(recordsOf).map(record => record['i']))
      lanes[0]?.send()
    }
    expect(seen).toEqual([...times(onTheWay, i => i), ...times(6, i => onTheWay + 6 + i)])
  })

  it('refuses the newest when all the older ones are on their way', () => {
    const { record, reporter } = start({ batchSize: 2, buffer: { maxRecords: 8, onFull: 'drop-oldest' } })
    expect(record(9).at(-1)).toBe(false)
    expect(reporter.stats()).toMatchObject({ refused: 1, queued: 8 })
    expectLaws(reporter.stats())
  })
})

describe('flush()', () => {
  it('waits for what was accepted before it, and not for what comes after', async () => {
    const { record, reporter, lanes } = start()
    record(3)
    const flushed = reporter.flush()
    record(2)
    lanes[0]?.send()
    expect(await flushed).toBe(true)
    expect(reporter.stats()).toMatchObject({ sent: 3, queued: 2 })
  })

  it('is false when the time is over', async () => {
    const { record, reporter } = start()
    record(1)
    expect(await reporter.flush({ timeout: '20ms' })).toBe(false)
  })

  it('is true at once when there is nothing to wait for', async () => {
    expect(await start().reporter.flush({ timeout: 0 })).toBe(true)
  })

  it('rejects only for a timeout that cannot be read', async () => {
    await expect(start().reporter.flush({ timeout: '5 parsecs' })).rejects.toMatchObject({ code: 'PH_CONFIG_INVALID' })
  })
})

describe('close()', () => {
  it('counts what is left at its deadline, ends the lanes, and refuses what comes later', async () => {
    const { record, reporter, lanes } = start({ batchSize: 2 })
    record(13)
    lanes[0]?.send(1)
    const stats = await reporter.close({ timeout: '20ms' })
    expect(stats).toMatchObject({ sent: 2, queued: 0, dropped: { closed: 11 }, workers: 0 })
    expect(lanes[0]?.ended).toBe(true)
    expect(record(1)).toEqual([false])
    expect(reporter.stats()).toMatchObject({ refused: 1, dropped: { closed: 12 } })
    expectLaws(reporter.stats())
  })

  it('is safe twice and does not count an acknowledgement that comes too late', async () => {
    const { record, reporter, lanes } = start()
    record(5)
    const [first, second] = await Promise.all([reporter.close({ timeout: 0 }), reporter.close()])
    expect(second).toBe(first)
    lanes[0]?.send()
    expect(reporter.stats()).toMatchObject({ sent: 0, dropped: { closed: 5 } })
    expectLaws(reporter.stats())
  })

  it('leaves no listener on the process', async () => {
    const before = process.listenerCount('beforeExit')
    const { reporter } = start()
    await reporter.close()
    expect(process.listenerCount('beforeExit')).toBe(before)
  })
})

it('counts a batch that cannot be encoded and says why', () => {
  const { record, reporter, lanes, warnings } = start({ batchSize: 2 })
  record(4)
  lanes[0]?.listener.onEvent({ type: 'unencodable', sequence: 1, message: 'too large' })
  expect(reporter.stats()).toMatchObject({ queued: 2, dropped: { unencodable: 2 } })
  expect(reporter.stats().lastError).toContain('too large')
  expect(warnings).toEqual(['PH_REPORTER_UNENCODABLE'])
  expectLaws(reporter.stats())
})

it('says once that Redis is away, and again in the next episode', () => {
  const { record, lanes, warnings, reporter } = start({ batchSize: 1 })
  const failing = { type: 'failing', code: 'PH_REDIS_AWAY', message: 'ECONNREFUSED' } as const
  record(2)
  lanes[0]?.listener.onEvent(failing)
  lanes[0]?.listener.onEvent(failing)
  expect(reporter.stats()).toMatchObject({ redis: 'down' })
  lanes[0]?.listener.onEvent({ type: 'connection', up: true })
  lanes[0]?.send()
  expect(reporter.stats()).toMatchObject({ redis: 'up' })
  lanes[0]?.listener.onEvent(failing)
  expect(warnings).toEqual(['PH_REDIS_AWAY', 'PH_REDIS_AWAY'])
})
