import { type AnalyticsRecord, encodeRecord } from '@pumphouse/record'
import type { Batch } from './batcher.ts'
import { isSettled, type TrackedFrame } from './tracked-frame.ts'
import type { WriteOutcome } from './write-outcome.ts'

/** Why a record goes to the dead letters. */
export interface Refusal {
  readonly reason: string
  readonly message: string
  readonly attempts: number
}

/** The records of a batch that are not settled yet, and what became of the others, noted on the frames they came from. */
export interface BatchAccount {
  /** To be written; frozen. Smaller than the batch after a part of it was settled. */
  records(): readonly AnalyticsRecord[]
  /** All of records() are at the target. */
  deliver(): void
  /** All of records() go to the dead letters. A dead letter holds what the pump would have got: omitted details are not in it. */
  refuse(refusal: Refusal): void
  /** Some are rejected, some remain to be sent again, the others are at the target. Positions are those of records(). */
  split(outcome: Extract<WriteOutcome, { kind: 'partial' }>, attempts: number): void
}

/** Opens the account of a batch. `onSettled` is called for every frame whose last record is settled through it. */
export function openAccount(batch: Batch, onSettled: (frame: TrackedFrame) => void): BatchAccount {
  let records = batch.records
  /** frames[i] is where records[i] came from; made only when a batch does not settle as a whole. */
  let frames: readonly TrackedFrame[] | undefined

  const framesByRecord = (): readonly TrackedFrame[] => {
    frames ??= batch.spans.flatMap(({ frame, count }) => new Array<TrackedFrame>(count).fill(frame))
    return frames
  }

  function settle(frame: TrackedFrame): void {
    if (isSettled(frame)) onSettled(frame)
  }

  function buryOne(frame: TrackedFrame, record: AnalyticsRecord, refusal: Refusal): void {
    frame.deadLettered += 1
    frame.deadLetters ??= []
    const identity = typeof record.id === 'string' ? { recordId: record.id } : {}
    frame.deadLetters.push({ kind: 'record', ...refusal, ...identity, body: encodeRecord(record) })
    settle(frame)
  }

  return {
    records: () => records,
    deliver() {
      if (frames) {
        for (const frame of frames) {
          frame.delivered += 1
          settle(frame)
        }
      } else {
        for (const { frame, count } of batch.spans) {
          frame.delivered += count
          settle(frame)
        }
      }
    },
    refuse(refusal) {
      const sources = framesByRecord()
      records.forEach((record, i) => {
        buryOne(sources[i] as TrackedFrame, record, refusal)
      })
    },
    split({ rejected, retry }, attempts) {
      const sources = framesByRecord()
      const refusals = new Map(rejected.map(({ index, reason, message }) => [index, { reason, message, attempts }]))
      const again = new Set(retry)
      records.forEach((record, i) => {
        const frame = sources[i] as TrackedFrame
        const refusal = refusals.get(i)
        if (refusal) buryOne(frame, record, refusal)
        else if (!again.has(i)) {
          frame.delivered += 1
          settle(frame)
        }
      })
      records = Object.freeze(retry.map(i => records[i] as AnalyticsRecord))
      frames = retry.map(i => sources[i] as TrackedFrame)
    },
  }
}
