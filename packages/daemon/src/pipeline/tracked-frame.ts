import type { DeadLetter, LeasedFrame, Settlement } from '@pumphouse/queue'

/**
 * What became of a leased frame's records for one pump. The only mutable thing in a pipeline's data path: its records may be spread over
 * several batches, and it is settled when delivered + filtered + deadLettered = count.
 */
export interface TrackedFrame {
  readonly partition: number
  readonly id: string
  /** Records in it, as the law counts them. */
  readonly count: number
  readonly deliveries: number
  /** The frame as read; gone once it is decoded. */
  bytes: Uint8Array | undefined
  delivered: number
  filtered: number
  deadLettered: number
  deadLetters: DeadLetter[] | undefined
  /** Another consumer holds it by now: nothing of it is acked or counted by this one. */
  lost: boolean
}

/** Starts the account of a frame. */
export function trackFrame(partition: number, leased: LeasedFrame): TrackedFrame {
  return {
    partition,
    id: leased.id,
    count: leased.count,
    deliveries: leased.deliveries,
    bytes: leased.bytes,
    delivered: 0,
    filtered: 0,
    deadLettered: 0,
    deadLetters: undefined,
    lost: false,
  }
}

/** True when every record of it is settled. */
export function isSettled(frame: TrackedFrame): boolean {
  return frame.delivered + frame.filtered + frame.deadLettered === frame.count
}

/** The account as the queue takes it. */
export function settlementOf(frame: TrackedFrame): Settlement {
  const { id, delivered, filtered, deadLettered, deadLetters } = frame
  return deadLetters
    ? { id, delivered, filtered, deadLettered, deadLetters }
    : { id, delivered, filtered, deadLettered }
}
