/** What the application's thread and a lane say to each other. All of it is structured-clone safe: a lane may live in a worker thread. */

import type { RedisOptions } from '@pumphouse/queue'
import type { ProducerCounters, RowBatch } from '@pumphouse/record'

/** What a lane is told once, when it starts. */
export interface LaneSettings {
  readonly service: string
  readonly instance: string
  /** The lane's id, the same for each successor of a lane that died: it goes on in its sequence. */
  readonly lane: string
  readonly redis: RedisOptions
  readonly set: { readonly name: string; readonly partitions: number }
  readonly compress: boolean
  /** How many records each stands for, when they are a sample. */
  readonly weight: number | undefined
}

/** One batch to encode and push. Everything that makes the frame is decided here, so that sending it again makes the same frame. */
export interface LaneOrder {
  readonly sequence: number
  readonly baseId: Uint8Array
  readonly counters: ProducerCounters
  readonly batch: RowBatch
}

/** What a lane has to say. */
export type LaneEvent =
  /** The set holds the frames of these sequences. */
  | { readonly type: 'sent'; readonly sequences: readonly number[] }
  /** No frame can be made of this batch; it is gone. */
  | { readonly type: 'unencodable'; readonly sequence: number; readonly message: string }
  /** The connection came or went. */
  | { readonly type: 'connection'; readonly up: boolean }
  /** Once per episode: frames wait, and the lane keeps trying. The next `sent` ends the episode. */
  | { readonly type: 'failing'; readonly code: 'PH_REDIS_AWAY' | 'PH_REDIS_REPLY'; readonly message: string }
