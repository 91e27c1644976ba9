import type { Redis } from 'ioredis'

/** A frame as it was read, leased to this consumer until it is settled, released or its lease runs out. */
export interface LeasedFrame {
  /** The stream's entry id. Unique within a partition. */
  readonly id: string
  /** The frame's bytes; undefined when the entry has none (something else wrote it). */
  readonly bytes: Uint8Array | undefined
  /** Records in it, as the law counts them (0 when the entry does not say). */
  readonly count: number
  /** How many times it has been handed out, this time included. */
  readonly deliveries: number
}

export interface DeadLetter {
  readonly reason: string
  readonly message: string
  readonly attempts: number
  /** Absent when the frame could not be decoded. */
  readonly recordId?: string
  /** The record in msgpack, or the raw bytes of the frame. */
  readonly body: Uint8Array
  readonly kind: 'record' | 'frame'
}

/** A frame whose every record is settled: delivered + filtered + deadLettered = count. */
export interface Settlement {
  readonly id: string
  readonly delivered: number
  readonly filtered: number
  readonly deadLettered: number
  readonly deadLetters?: readonly DeadLetter[]
}

export interface SettleResult {
  /** Ids this call acked and counted. The others belonged to another consumer by now, or were settled before: nothing was counted for them. */
  readonly settled: readonly string[]
}

export interface GroupOptions {
  readonly name: string
  readonly partition: number
  /** The pump: the group's name. */
  readonly pump: string
  /** Unique per daemon process. */
  readonly consumer: string
  /** Default 60000. A lease not renewed for so long may be taken over by another consumer. */
  readonly leaseMs: number
  /** Dead letters kept per partition. Default 100000; the oldest go first and are counted. */
  readonly maxDeadLetters?: number
}

/** One pump's half of one partition. Every call throws on a Redis error; a missing group is created again and said by `onRecreated`. */
export interface Group {
  /** Creates the group if it is new. `backlog` = from the oldest entry there is. */
  ensure(startAt: 'backlog' | 'now'): Promise<{ created: boolean }>
  /** New entries, at most maxFrames, and no further one once maxBytes is reached. */
  read(limits: { maxFrames: number; maxBytes: number }): Promise<LeasedFrame[]>
  /** Entries whose lease ran out, now leased to this consumer with `deliveries` counted up. */
  takeOver(limits: { maxFrames: number }): Promise<LeasedFrame[]>
  /** Renews the lease of entries this consumer still holds; returns the ids it no longer holds. */
  renew(ids: readonly string[]): Promise<string[]>
  /** Acks, dead-letters and counts, in one script. Idempotent: an id counts only for the call that acks it. */
  settle(settlements: readonly Settlement[]): Promise<SettleResult>
  /** Gives entries up so that any consumer may take them over at once. */
  release(ids: readonly string[]): Promise<void>
  /** Removes this consumer's name when it holds nothing. */
  leave(): Promise<void>
}

export declare function createGroup(redis: Redis, options: GroupOptions): Group
