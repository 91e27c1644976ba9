import type { Redis } from 'ioredis'

export interface OutgoingFrame {
  /** The frame's sequence in its lane; strictly increasing. */
  readonly sequence: number
  /** Records in it. */
  readonly count: number
  readonly bytes: Uint8Array
}

export interface PushResult {
  /** Frames of the call, from its first, that the set holds now (taken by this call or, after a lost reply, by an earlier one). */
  readonly accepted: number
  /** How many of those an earlier call had already brought. */
  readonly duplicates: number
  /** The backlog cap refused the frame after the accepted ones. */
  readonly full: boolean
}

export interface ProducerOptions {
  /** Name of the analytics set. */
  readonly name: string
  readonly partitions: number
  readonly lane: string
  /** Backlog caps; 0 = none. */
  readonly maxBacklogRecords?: number
  readonly maxBacklogBytes?: number
}

/** The producer half for one lane. */
export interface Producer {
  readonly partition: number
  /** Pushes consecutive frames of the lane in one atomic script, in order. Idempotent by sequence. Throws on any Redis error. One call at a time. */
  push(frames: readonly OutgoingFrame[]): Promise<PushResult>
}

export declare function createProducer(redis: Redis, options: ProducerOptions): Producer
