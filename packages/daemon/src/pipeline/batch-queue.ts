import type { AnalyticsRecord } from '@pumphouse/record'
import { type Batch, createBatcher } from './batcher.ts'
import type { TrackedFrame } from './tracked-frame.ts'

/**
 * Between intake and writer. While one batch is being written the next is made ready here, and then intake waits: that is the whole
 * backpressure of a pipeline. What a failing pump does not take stays in Redis.
 *
 *   open batch ── full ─────────────────────────────────────────▶ ready ──▶ taken by the writer
 *              └─ older than maxAgeMs while the writer waits ──▶ ready
 *              └─ flush() ─────────────────────────────────────▶ ready
 *
 * Age matters only to a writer with nothing to do, so its timer runs only when there is one: under load there is none.
 */

/** One batch ready while another is being written overlaps reading and writing; more would only hold memory. */
const MAX_READY = 1

/** The queue of batches between the two halves of a pipeline. */
export interface BatchQueue {
  /** Adds a frame's records. Never refuses: await room() before adding the next frame. */
  add(frame: TrackedFrame, records: readonly AnalyticsRecord[], bytes: number): void
  /** Undefined when another frame may be added at once, else resolves when it may. */
  room(): Promise<void> | undefined
  /** Makes the open batch ready whatever its age. */
  flush(): void
  /** When the open batch becomes too old, by performance.now(); undefined when there is none. */
  dueAt(): number | undefined
  /** The next batch, or undefined when the queue is closed and empty. */
  take(): Promise<Batch | undefined>
  /** Nothing more will be added; the open batch becomes ready. */
  close(): void
  /** Nothing more will be taken: forgets what is there and what will be added. */
  discard(): void
}

/** When a batch is full: records, payload bytes (as the frames give them), or milliseconds since its first record. */
export interface BatchLimits {
  readonly maxRecords: number
  readonly maxBytes: number
  readonly maxAgeMs: number
}

/**
 * Makes an empty queue for one intake and any number of writers. `onNext`: told of a batch that will be taken next, as soon as a writer has ended the
 * one it is at.
 */
export function createBatchQueue(limits: BatchLimits, onNext?: (batch: Batch) => void): BatchQueue {
  const batcher = createBatcher(limits)
  const ready: Batch[] = []
  let closed = false
  let discarded = false
  /** Writers with nothing to do, the one that waits longest first. */
  const takers: ((batch: Batch | undefined) => void)[] = []
  let waitingForRoom: (() => void) | undefined
  let ageTimer: NodeJS.Timeout | undefined

  function offer(batch: Batch): void {
    const give = takers.shift()
    if (!give) {
      if (ready.push(batch) === 1) onNext?.(batch)
      return
    }
    clearTimeout(ageTimer)
    ageTimer = undefined
    give(batch)
  }

  function dismissTakers(): void {
    for (const give of takers.splice(0)) give(undefined)
  }

  function flush(): void {
    const batch = batcher.close()
    if (batch) offer(batch)
  }

  function dueAt(): number | undefined {
    return batcher.openedAt === undefined ? undefined : batcher.openedAt + limits.maxAgeMs
  }

  function watchAge(): void {
    const due = dueAt()
    if (takers.length === 0 || ageTimer || due === undefined) return
    ageTimer = setTimeout(
      () => {
        ageTimer = undefined
        flush()
      },
      Math.max(due - performance.now(), 0),
    )
  }

  return {
    add(frame, records, bytes) {
      if (discarded) return
      batcher.add(frame, records, bytes, offer)
      watchAge()
    },
    room() {
      if (ready.length < MAX_READY) return undefined
      return new Promise(resolve => {
        waitingForRoom = resolve
      })
    },
    flush,
    dueAt,
    take() {
      const batch = ready.shift()
      if (ready.length < MAX_READY) {
        waitingForRoom?.()
        waitingForRoom = undefined
      }
      if (batch || closed) return Promise.resolve(batch)
      return new Promise(resolve => {
        takers.push(resolve)
        watchAge()
      })
    },
    close() {
      closed = true
      flush()
      clearTimeout(ageTimer)
      dismissTakers()
    },
    discard() {
      discarded = true
      closed = true
      batcher.close()
      ready.length = 0
      clearTimeout(ageTimer)
      waitingForRoom?.()
      waitingForRoom = undefined
      dismissTakers()
    },
  }
}
