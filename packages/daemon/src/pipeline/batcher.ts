import type { AnalyticsRecord } from '@pumphouse/record'
import type { TrackedFrame } from './tracked-frame.ts'

/** Consecutive records of a batch that come from one frame. */
export interface Span {
  readonly frame: TrackedFrame
  readonly count: number
}

/** What is written at once. Frozen, and its records too. */
export interface Batch {
  readonly records: readonly AnalyticsRecord[]
  /** In the order of the records; their counts add up to records.length. */
  readonly spans: readonly Span[]
}

/** Gathers the records of frames into batches. */
export interface Batcher {
  /** performance.now() when the open batch got its first record; undefined when it is empty. */
  readonly openedAt: number | undefined
  /** Adds a frame's records, whose payload is about `bytes`; hands every batch that became full to `emit`. */
  add(frame: TrackedFrame, records: readonly AnalyticsRecord[], bytes: number, emit: (batch: Batch) => void): void
  /** The open batch as it is; undefined when it is empty. */
  close(): Batch | undefined
}

/**
 * Gathers records into batches of at most maxRecords records and about maxBytes payload bytes. Work is per frame, not per record: bytes
 * are the frame's own figure, spread evenly over its records. A single record may exceed maxBytes; it is then a batch of its own.
 */
export function createBatcher(limits: { readonly maxRecords: number; readonly maxBytes: number }): Batcher {
  let records: AnalyticsRecord[] = []
  let spans: Span[] = []
  let bytes = 0
  let openedAt: number | undefined

  function close(): Batch | undefined {
    if (records.length === 0) return undefined
    const batch = { records: Object.freeze(records), spans }
    records = []
    spans = []
    bytes = 0
    openedAt = undefined
    return batch
  }

  /** How many records of about `each` bytes the open batch still takes. */
  function space(each: number): number {
    const byBytes = each > 0 ? Math.floor((limits.maxBytes - bytes) / each) : limits.maxRecords
    const fitting = Math.min(limits.maxRecords - records.length, byBytes)
    return records.length === 0 ? Math.max(fitting, 1) : Math.max(fitting, 0)
  }

  return {
    get openedAt() {
      return openedAt
    },
    add(frame, added, addedBytes, emit) {
      const each = added.length > 0 ? addedBytes / added.length : 0
      let from = 0
      while (from < added.length) {
        const count = Math.min(space(each), added.length - from)
        if (count > 0) {
          openedAt ??= performance.now()
          for (let i = from; i < from + count; i++) records.push(added[i] as AnalyticsRecord)
          spans.push({ frame, count })
          bytes += count * each
          from += count
        }
        if (space(each) === 0) emit(close() as Batch)
      }
    },
    close,
  }
}
