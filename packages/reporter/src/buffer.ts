/**
 * Everything that was accepted and is not settled yet: the open batch, the batches that wait, and those on their way. The bounds count all
 * three. A batch: open → waiting → on its way → settled; only a waiting one can be dropped as the oldest.
 */

import { createRowBuilder, type ProducerCounters, type RowLimits } from '@pumphouse/record'
import type { Batch } from './batch.ts'

/** A batch of larger records is closed by its bytes: with one more record of the largest size it still is well within a frame. */
const MAX_BATCH_BYTES = 1024 * 1024
/** On the thread of the application less: to redact, encode and compress one keeps its event loop for a millisecond, and for five to eight where its bodies are all digits. */
const MAX_BATCH_BYTES_SAME_THREAD = 32 * 1024

/** The bounds, and when a batch is full. */
export interface BufferLimits {
  readonly maxRecords: number
  readonly maxBytes: number
  readonly batchSize: number
  /** Whether batches become frames on the thread of the application. */
  readonly sameThread?: boolean
  /** Of the records; those left out have their defaults. */
  readonly rows?: Partial<RowLimits>
}

/** What a reporter holds in memory. Asked for each record, so it has no getters: see shape-tree.ts of the record package. */
export interface Buffer {
  /** Records accepted and not settled. */
  records(): number
  /** Whether another record is beyond the bounds. */
  isFull(): boolean
  /** Less than half full: an episode of a full buffer is over. */
  isRelaxed(): boolean
  /** Records of the open batch. */
  open(): number
  /** By reason, cumulative. */
  readonly altered: Readonly<Record<string, number>>
  /** Adds to the open batch; true when that is to be closed now. Never throws. */
  add(record: object, weight?: number): boolean
  /** Closes the open batch, if it holds anything, and lets it wait. `counters` is asked only then. */
  closeBatch(counters: () => ProducerCounters): void
  /** Closed batches that are not on their way. */
  waiting(): number
  /** The oldest waiting batch, on its way from now on. */
  next(): Batch | undefined
  /** Drops the oldest waiting batch and returns it, to be counted: its rows are gone. Undefined when none waits. */
  dropOldest(): Batch | undefined
  /** A batch that was on its way is done with. `reuse`: nobody, on any thread, reads its rows any more. */
  settle(batch: Batch, reuse: boolean): void
  /** Closed batches not settled yet, oldest first. */
  unsettled(): readonly Batch[]
  /** Forgets everything, each batch told of; returns how many records that were. */
  clear(onForgotten?: (batch: Batch) => void): number
}

export function createBuffer(limits: BufferLimits): Buffer {
  const builder = createRowBuilder(limits.rows)
  const maxBatchBytes = limits.sameThread ? MAX_BATCH_BYTES_SAME_THREAD : MAX_BATCH_BYTES
  /** Sets keep their order and give up any element at no cost. */
  const waiting = new Set<Batch>()
  const onTheWay = new Set<Batch>()
  let closedRecords = 0
  let closedBytes = 0

  function forget(batch: Batch, from: Set<Batch>, reuse: boolean): void {
    if (!from.delete(batch)) return
    closedRecords -= batch.count
    closedBytes -= heldBytes(batch)
    if (reuse) builder.reuse(batch.rows)
  }

  function beyond(share: number): boolean {
    return (
      closedRecords + builder.count >= limits.maxRecords * share ||
      closedBytes + builder.bytes >= limits.maxBytes * share
    )
  }

  return {
    records: () => closedRecords + builder.count,
    isFull: () => beyond(1),
    isRelaxed: () => !beyond(0.5),
    open: () => builder.count,
    altered: builder.altered,
    add(record, weight) {
      builder.add(record, weight)
      return builder.count >= limits.batchSize || builder.bytes >= maxBatchBytes
    },
    closeBatch(counters) {
      const { count } = builder
      if (count === 0) return
      const rows = builder.take()
      const batch: Batch = { rows, count, counters: counters(), closedAtMs: performance.now() }
      waiting.add(batch)
      closedRecords += count
      closedBytes += heldBytes(batch)
    },
    waiting: () => waiting.size,
    next() {
      const [oldest] = waiting
      if (oldest === undefined) return undefined
      waiting.delete(oldest)
      onTheWay.add(oldest)
      return oldest
    },
    dropOldest() {
      const [oldest] = waiting
      if (oldest !== undefined) forget(oldest, waiting, true)
      return oldest
    },
    settle(batch, reuse) {
      forget(batch, onTheWay, reuse)
    },
    unsettled() {
      return [...onTheWay, ...waiting]
    },
    clear(onForgotten) {
      const records = closedRecords + builder.count
      builder.take()
      for (const batch of [...onTheWay, ...waiting]) {
        forget(batch, onTheWay, false)
        forget(batch, waiting, false)
        onForgotten?.(batch)
      }
      return records
    },
  }
}

/** Its values at the most they could take, or the memory that they lie in, whichever is more. */
function heldBytes({ rows }: Batch): number {
  return Math.max(rows.bytes, rows.rows.buffer.byteLength)
}
