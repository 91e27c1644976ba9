import type { Redis } from 'ioredis'

/** One pump's account of one set, all partitions together. All numbers are records unless they say otherwise. */
export interface PumpStatus {
  readonly pushed: number
  readonly delivered: number
  readonly filtered: number
  readonly deadLettered: number
  readonly removed: number
  /** Unread plus leased, counted from the stream, not derived from the other terms. */
  readonly pending: number
  readonly pendingFrames: number
  /** Frames handed out and not settled. */
  readonly leasedFrames: number
  /** Age of the oldest entry not settled, by Redis' own clock; undefined when nothing is pending. */
  readonly oldestMs?: number
  /** pushed = delivered + filtered + deadLettered + removed + pending. */
  readonly holds: boolean
}

export interface SetStatus {
  readonly pushed: number
  readonly frames: number
  readonly deadLetters: number
  readonly pumps: Readonly<Record<string, PumpStatus>>
}

/** Reads the account; each partition is one atomic snapshot. */
export declare function readStatus(redis: Redis, set: { name: string; partitions: number }): Promise<SetStatus>
/** Removes the entries every group has finished. Returns how many records went. With no group at all nothing is removed. */
export declare function trim(redis: Redis, set: { name: string; partition: number }): Promise<number>
