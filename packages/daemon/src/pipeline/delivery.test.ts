import { type Pump, RejectedError, RetryableError, type WriteResult } from '@pumphouse/pumps'
import { type AnalyticsRecord, decodeRecord } from '@pumphouse/record'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createBreaker } from './breaker.ts'
import { createDelivery } from './delivery.ts'
import { createEpisode } from './episode.ts'
import { createHeartbeat } from './heartbeat.ts'
import { createLossLog } from './loss-log.ts'
import { type TrackedFrame, trackFrame } from './tracked-frame.ts'

type Answer = (batch: readonly AnalyticsRecord[], signal: AbortSignal) => WriteResult | undefined

/** A batch of records 0…4 from two frames of 2 and 3, and a pump that answers its writes in turn with `answers`, the last one for ever. */
function delivering(
  answers: Answer[],
  retry: { maxMs?: number; deadlineMs?: number; breaker?: { failures: number; openForMs: number } } = {},
) {
  const frames = [2, 3].map((count, i) => trackFrame(0, { id: `${i}-0`, bytes: undefined, count, deliveries: 1 }))
  const records = Object.freeze(
    Array.from({ length: 5 }, (_, n): AnalyticsRecord => Object.freeze({ id: `id${n}`, n })),
  )
  const written: unknown[][] = []
  const settled: TrackedFrame[] = []
  const lines: string[] = []
  const line = (_: object, message: string): number => lines.push(message)
  const log = { debug: line, info: line, warn: line, error: line }
  const pump: Pump = {
    write: async (batch, signal) => {
      written.push(batch.map(({ n }) => n))
      const answer = answers[Math.min(written.length, answers.length) - 1] as Answer
      return answer(batch, signal)
    },
    close: async () => {},
  }
  const stopping = new AbortController()
  const breaker = createBreaker(retry.breaker ?? { failures: 0, openForMs: 0 })
  const deliver = createDelivery({
    pump,
    timeoutMs: 1000,
    breaker,
    retry: { initialMs: 1, maxMs: retry.maxMs ?? 2, deadlineMs: retry.deadlineMs ?? 0 },
    stopping: stopping.signal,
    aborted: new AbortController().signal,
    episode: createEpisode(log, {}, { failed: 'failed', recovered: 'recovered' }),
    losses: createLossLog(log, {}),
    heartbeat: createHeartbeat(),
    onSettled: frame => settled.push(frame),
  })
  const spans = frames.map(frame => ({ frame, count: frame.count }))
  const accounts = (): number[][] => frames.map(({ delivered, deadLettered }) => [delivered, deadLettered])
  return { deliver: () => deliver({ records, spans }), frames, written, settled, lines, stopping, breaker, accounts }
}

const failing =
  (error: unknown): Answer =>
  () => {
    throw error
  }
const fine: Answer = () => undefined

describe('a batch', () => {
  test('that is written settles its frames', async () => {
    const d = delivering([fine])
    expect(await d.deliver()).toBe(true)
    expect(d.accounts()).toEqual([
      [2, 0],
      [3, 0],
    ])
    expect(d.settled).toEqual(d.frames)
    expect(d.lines).toEqual([])
  })

  test('that fails is written again until it is taken, with one line for the failures and one for the recovery', async () => {
    const d = delivering([failing(new Error('a')), failing(new RetryableError('b')), failing('c'), fine])
    expect(await d.deliver()).toBe(true)
    expect(d.written).toHaveLength(4)
    expect(d.lines).toEqual(['failed', 'recovered'])
  })

  test('that is rejected goes to the dead letters whole', async () => {
    const d = delivering([failing(new RejectedError('mapping', 'no such field'))])
    expect(await d.deliver()).toBe(true)
    expect(d.accounts()).toEqual([
      [0, 2],
      [0, 3],
    ])
    expect(d.frames[0]?.deadLetters?.[1]).toMatchObject({
      kind: 'record',
      reason: 'mapping',
      message: 'no such field',
      attempts: 1,
      recordId: 'id1',
    })
    expect(decodeRecord(d.frames[0]?.deadLetters?.[1]?.body as Uint8Array)).toEqual({ id: 'id1', n: 1 })
  })

  test('that is rejected in part delivers its other records', async () => {
    const d = delivering([() => ({ rejected: [{ index: 3, reason: 'validation', message: 'no' }] })])
    expect(await d.deliver()).toBe(true)
    expect(d.accounts()).toEqual([
      [2, 0],
      [2, 1],
    ])
    expect(d.frames[1]?.deadLetters?.map(({ recordId }) => recordId)).toEqual(['id3'])
  })

  test('of which some shall come again sends only those, by their new positions', async () => {
    const again = (indexes: number[]): WriteResult => ({ retry: { indexes, error: new Error('busy') } })
    const d = delivering([
      () => again([4, 1, 2]),
      () => ({ ...again([0]), rejected: [{ index: 2, reason: 'validation', message: 'no' }] }),
      fine,
    ])
    expect(await d.deliver()).toBe(true)
    expect(d.written).toEqual([[0, 1, 2, 3, 4], [1, 2, 4], [1]])
    expect(d.accounts()).toEqual([
      [2, 0],
      [2, 1],
    ])
    expect(d.frames[1]?.deadLetters?.map(({ recordId }) => recordId)).toEqual(['id4'])
    expect(d.settled).toHaveLength(2)
  })

  test('answered with nonsense is written again', async () => {
    const d = delivering([() => ({ rejected: [{ index: 9, reason: 'x', message: '' }] }), fine])
    expect(await d.deliver()).toBe(true)
    expect(d.written).toHaveLength(2)
    expect(d.accounts()).toEqual([
      [2, 0],
      [3, 0],
    ])
  })

  test('waits as long as the target asked for', async () => {
    const d = delivering([failing(new RetryableError('busy', { afterMs: 60 })), fine])
    const started = performance.now()
    await d.deliver()
    expect(performance.now() - started).toBeGreaterThan(55)
  })

  test('waits for an hour at most, however far the clock is off by which the target asked', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const d = delivering([failing(new RetryableError('busy', { afterMs: 30 * 24 * 3_600_000 })), fine])
    const delivered = d.deliver()
    await vi.advanceTimersByTimeAsync(3_599_000)
    expect(d.written).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await delivered).toBe(true)
    expect(d.written).toHaveLength(2)
  })

  test('older than the deadline goes to the dead letters with the reason', async () => {
    const d = delivering([failing(new Error('away'))], { deadlineMs: 100 })
    expect(await d.deliver()).toBe(true)
    expect(d.written.length).toBeGreaterThan(1)
    expect(d.accounts()).toEqual([
      [0, 2],
      [0, 3],
    ])
    expect(d.frames[0]?.deadLetters?.[0]).toMatchObject({ reason: 'retry_deadline', message: 'away' })
  })

  test('of which a part was delivered dead-letters only the rest at the deadline', async () => {
    const d = delivering([() => ({ retry: { indexes: [0], error: new Error('busy') } }), failing(new Error('away'))], {
      deadlineMs: 30,
    })
    expect(await d.deliver()).toBe(true)
    expect(d.accounts()).toEqual([
      [1, 1],
      [3, 0],
    ])
  })

  test('that fails while the pipeline stops is given back, not tried again', async () => {
    const d = delivering([failing(new RetryableError('busy', { afterMs: 60_000 }))])
    const delivered = d.deliver()
    setTimeout(() => d.stopping.abort(), 20)
    expect(await delivered).toBe(false)
    expect(d.written).toHaveLength(1)
    expect(d.settled).toEqual([])
  })
})

describe('the breaker', () => {
  const breaker = { failures: 2, openForMs: 60 }

  test('holds attempts back once enough have failed in a row, and the one it lets through closes it', async () => {
    const d = delivering([failing(new Error('a')), failing(new Error('b')), fine], { breaker })
    const started = performance.now()
    expect(await d.deliver()).toBe(true)
    expect(performance.now() - started).toBeGreaterThan(55)
    expect(d.written).toHaveLength(3)
    expect(d.breaker.state).toBe('closed')
  })

  test('is not opened by what is rejected: the target works', async () => {
    const d = delivering([failing(new RejectedError('mapping', 'no'))], { breaker })
    for (let i = 0; i < 3; i++) await d.deliver()
    expect(d.breaker.state).toBe('closed')
  })

  test('is not opened by attempts that bring some records across', async () => {
    const d = delivering(
      [4, 3, 2, 1, 0].map(left => () => ({ retry: { indexes: numbersBelow(left), error: new Error('busy') } })),
      { breaker },
    )
    await d.deliver()
    expect(d.written).toHaveLength(5)
    expect(d.breaker.state).toBe('closed')
  })

  test('holds back the first attempt of the next batch too, and that batch is as old as its first attempt', async () => {
    const d = delivering([failing(new Error('a'))], { breaker: { failures: 2, openForMs: 120 }, deadlineMs: 100 })
    expect(await d.deliver()).toBe(true)
    expect(d.breaker.state).toBe('open')
    const written = d.written.length
    const started = performance.now()
    expect(await d.deliver()).toBe(true)
    expect(d.written.length).toBeGreaterThan(written)
    expect(performance.now() - started).toBeGreaterThan(100)
  })

  test('that is open does not hold up a stop: what it holds back is given back', async () => {
    const d = delivering([failing(new Error('a'))], { breaker: { failures: 1, openForMs: 60_000 } })
    const delivered = d.deliver()
    setTimeout(() => d.stopping.abort(), 20)
    expect(await delivered).toBe(false)
    expect(await d.deliver()).toBe(false)
    expect(d.written).toHaveLength(1)
  })
})

const numbersBelow = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
