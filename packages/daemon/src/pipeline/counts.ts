import type { PumpLog } from '@pumphouse/pumps'
import type { Recreated } from '@pumphouse/queue'
import type { InFlight } from './in-flight.ts'
import type { TrackedFrame } from './tracked-frame.ts'

/** Records, as the set counted them. */
export interface Counts {
  delivered: number
  filtered: number
  deadLettered: number
}

/** What this process has settled, together and by partition. */
export interface SettledCounts {
  /** Since the pipeline was made. */
  readonly total: Counts
  /** The set counted the frame for this pump. */
  add(frame: TrackedFrame): void
  /**
   * Says that a group or an account had vanished from Redis: what this process had settled in it, what it has under way, and with what the new
   * one begins. Counts of the partition begin anew. More than that nobody knows: the account was the only one who did.
   */
  recreated(partition: number, recreated: Recreated): void
}

/** What had vanished, in words. */
export const RECREATED_MESSAGES = {
  group: 'the group had vanished from Redis and was created again',
  account: 'the account had vanished from Redis and was begun anew with what is pending',
}

/** Counts for a pipeline over `partitions` partitions; `fields` go into every line. */
export function createSettledCounts(
  partitions: number,
  inFlight: InFlight,
  log: PumpLog,
  fields: object,
): SettledCounts {
  const none = (): Counts => ({ delivered: 0, filtered: 0, deadLettered: 0 })
  const total = none()
  const each = Array.from({ length: partitions }, none)

  return {
    total,
    add(frame) {
      for (const counts of [total, each[frame.partition] as Counts]) {
        counts.delivered += frame.delivered
        counts.filtered += frame.filtered
        counts.deadLettered += frame.deadLettered
      }
    },
    recreated(partition, { what, pending }) {
      const { frames, records } = inFlight.held(partition)
      const settled = each[partition] as Counts
      const underWay = { framesInFlight: frames, recordsInFlight: records }
      log.warn({ ...fields, partition, ...settled, ...underWay, pending }, RECREATED_MESSAGES[what])
      each[partition] = none()
    },
  }
}
