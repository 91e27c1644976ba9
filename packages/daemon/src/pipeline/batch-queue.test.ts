import type { AnalyticsRecord } from '@pumphouse/record'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createBatchQueue } from './batch-queue.ts'
import { type Batch, createBatcher } from './batcher.ts'
import { trackFrame } from './tracked-frame.ts'

const frameOf = (count: number) => trackFrame(0, { id: `1-${count}`, bytes: undefined, count, deliveries: 1 })
const recordsOf = (count: number): AnalyticsRecord[] => Array.from({ length: count }, (_, n) => ({ n }))

describe('a batcher', () => {
  function batchesOf(
    limits: { maxRecords: number; maxBytes: number },
    frames: [count: number, bytes: number][],
  ): Batch[] {
    const batcher = createBatcher(limits)
    const batches: Batch[] = []
    for (const [count, bytes] of frames)
      batcher.add(frameOf(count), recordsOf(count), bytes, batch => batches.push(batch))
    const last = batcher.close()
    return last ? [...batches, last] : batches
  }
  const shape = (batches: Batch[]): number[][] => batches.map(({ spans }) => spans.map(({ count }) => count))

  test('lets a batch hold many frames and a frame span many batches', () => {
    const batches = batchesOf({ maxRecords: 4, maxBytes: 1e6 }, [
      [3, 30],
      [7, 70],
    ])
    expect(shape(batches)).toEqual([[3, 1], [4], [2]])
    expect(batches[1]?.records.map(({ n }) => n)).toEqual([1, 2, 3, 4])
    for (const { records, spans } of batches) {
      expect(Object.isFrozen(records)).toBe(true)
      expect(spans.reduce((sum, { count }) => sum + count, 0)).toBe(records.length)
    }
  })

  test('closes a batch at its bytes', () => {
    expect(shape(batchesOf({ maxRecords: 100, maxBytes: 250 }, [[5, 500]]))).toEqual([[2], [2], [1]])
  })

  test('makes a record that is too large a batch of its own', () => {
    const batches = batchesOf({ maxRecords: 100, maxBytes: 250 }, [
      [1, 50],
      [1, 1000],
      [1, 50],
    ])
    expect(shape(batches)).toEqual([[1], [1], [1]])
  })
})

describe('a batch queue', () => {
  const limits = { maxRecords: 10, maxBytes: 1e6, maxAgeMs: 1000 }
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  test('tells of the batch that comes next while a writer is busy, and of no other', async () => {
    const next: Batch[] = []
    const queue = createBatchQueue(limits, batch => next.push(batch))
    const first = queue.take()
    queue.add(frameOf(10), recordsOf(10), 100)
    await first
    expect(next).toEqual([])
    queue.add(frameOf(30), recordsOf(30), 300)
    expect(next).toHaveLength(1)
    expect(await queue.take()).toBe(next[0])
  })

  test('has no room while one batch is ready, and room again when it is taken', async () => {
    const queue = createBatchQueue(limits)
    queue.add(frameOf(10), recordsOf(10), 100)
    const room = queue.room()
    expect(room).toBeDefined()
    expect((await queue.take())?.records).toHaveLength(10)
    await room
    expect(queue.room()).toBeUndefined()
  })

  test('gives a waiting writer the open batch when it is old enough, not before', async () => {
    const queue = createBatchQueue(limits)
    const given = vi.fn()
    const taking = queue.take().then(given)
    queue.add(frameOf(3), recordsOf(3), 30)
    await vi.advanceTimersByTimeAsync(990)
    expect(given).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(20)
    await taking
    expect(given.mock.calls[0]?.[0].records).toHaveLength(3)
  })

  test('gives several waiting writers a batch each, and lets all of them go at its end', async () => {
    const queue = createBatchQueue(limits)
    const [first, second, third] = [queue.take(), queue.take(), queue.take()]
    queue.add(frameOf(23), recordsOf(23), 230)
    expect((await first)?.records).toHaveLength(10)
    expect((await second)?.records).toHaveLength(10)
    await vi.advanceTimersByTimeAsync(1010)
    expect((await third)?.records).toHaveLength(3)
    const waiting = [queue.take(), queue.take()]
    queue.close()
    expect(await Promise.all(waiting)).toEqual([undefined, undefined])
  })

  test('keeps gathering an old batch while the writer is busy, and gives it when the writer comes', async () => {
    const queue = createBatchQueue(limits)
    queue.add(frameOf(3), recordsOf(3), 30)
    await vi.advanceTimersByTimeAsync(5000)
    queue.add(frameOf(4), recordsOf(4), 40)
    const taking = queue.take()
    await vi.advanceTimersByTimeAsync(1)
    expect((await taking)?.records).toHaveLength(7)
  })

  test('gives everything it has after close, and then nothing', async () => {
    const queue = createBatchQueue(limits)
    queue.add(frameOf(13), recordsOf(13), 130)
    queue.close()
    expect((await queue.take())?.records).toHaveLength(10)
    expect((await queue.take())?.records).toHaveLength(3)
    expect(await queue.take()).toBeUndefined()
  })

  test('a discarded queue holds nobody back', async () => {
    const queue = createBatchQueue(limits)
    queue.add(frameOf(10), recordsOf(10), 100)
    const room = queue.room()
    queue.discard()
    await room
    queue.add(frameOf(10), recordsOf(10), 100)
    expect(queue.room()).toBeUndefined()
    expect(await queue.take()).toBeUndefined()
  })
})
