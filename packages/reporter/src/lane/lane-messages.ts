/** What the application's thread and a lane say to each other. All of it is structured-clone safe: a lane may live in a worker thread. */

import type { ProducerOptions, RedisOptions } from '@pumphouse/queue'
import type { ProducerCounters, RedactCounts, RedactRules, RowBatch } from '@pumphouse/record'

/**
 * Batches that a lane is handed and has not answered yet, at most: as many as go into one push, so that a Redis that is far away takes many records a second
 * all the same. A lane that has as many for a while is behind.
 */
export const WINDOW = 16

/** As many frames are pushed together, where so many come in quick succession: enough to share the cost of a push, and a part of the window, so that others are encoded meanwhile. */
export const PUSH_FRAMES = WINDOW / 2

/** How a refusal at the cap is said. */
export const CAP_REACHED = 'the backlog cap of the set is reached'

/** Where frames may wait on disk. Absent: nowhere. */
export interface SpoolSettings {
  /** `auto`: frames that must wait; `always`: every frame, before it is pushed. */
  readonly mode: 'auto' | 'always'
  readonly dir: string
  /** Of everything in the folder of the set, whoever wrote it. */
  readonly maxBytes: number
  readonly maxFiles: number
  readonly maxAgeMs: number
}

/** What a lane is told once, when it starts. */
export interface LaneSettings {
  readonly service: string
  readonly instance: string
  /** The lane's id, the same for each successor of a lane that died: it goes on in its sequence. */
  readonly lane: string
  readonly redis: RedisOptions
  /** The backlog caps count for each partition; 0 = none. */
  readonly set: Required<Omit<ProducerOptions, 'lane'>>
  readonly compress: boolean
  readonly redact: RedactRules
  readonly spool: SpoolSettings | undefined
  /** The program of the worker threads, a path or a file: URL. Undefined: the one beside this package's files. */
  readonly workerFile?: string | undefined
}

/** One batch to encode and push. Everything that makes the frame is decided here, so that sending it again makes the same frame. */
export interface LaneOrder {
  readonly sequence: number
  readonly baseId: Uint8Array
  readonly counters: ProducerCounters
  readonly batch: RowBatch
  /** When it was closed, by performance.now(), which is the same on all threads of a process. */
  readonly closedAtMs: number
}

/** What may change while a lane runs: it counts for every batch that is not encoded yet. */
export interface LaneChange {
  readonly redact: RedactRules
}

/** What the reporter has counted so far, for the note in the spool. */
export interface LaneNote {
  readonly note: ProducerCounters
}

/** Why frames wait. */
export type FailingCode = 'PH_REDIS_AWAY' | 'PH_REDIS_REPLY' | 'PH_BACKLOG_FULL'

/** What a lane has to say. */
export type LaneEvent =
  /** The set holds the frames of these sequences. */
  | { readonly type: 'sent'; readonly sequences: readonly number[] }
  /** The frames of these sequences are on disk, and only there. */
  | { readonly type: 'spooled'; readonly sequences: readonly number[] }
  /** The set holds so many records that were spooled by this lane. */
  | { readonly type: 'drained'; readonly records: number }
  /** So many records that were spooled by this lane are gone. */
  | { readonly type: 'lost'; readonly records: number; readonly reason: 'spool_expired' | 'spool_damaged' }
  /** Of what others left on disk: records the set has now, records beyond their age, places that could not be read. */
  | { readonly type: 'adopted'; readonly records: number; readonly expired: number; readonly corrupt: number }
  /** What stands in one folder of the spool is left where it is: this process cannot read or take it. The message names the folder. */
  | { readonly type: 'unadoptable'; readonly message: string }
  /** What this lane has on disk. */
  | { readonly type: 'spool'; readonly frames: number; readonly bytes: number }
  /** The spool takes nothing, and why; said when that begins, and without a message when it is over. */
  | { readonly type: 'refusing'; readonly message: string | undefined }
  /** So many values were redacted since this was last said. */
  | { readonly type: 'redacted'; readonly counts: RedactCounts }
  /** No frame can be made of this batch; it is gone. */
  | { readonly type: 'unencodable'; readonly sequence: number; readonly message: string }
  /** The connection came or went. */
  | { readonly type: 'connection'; readonly up: boolean }
  /** Once per episode, and again when there is another reason: frames wait, and the lane keeps trying. The next `sent` ends the episode. */
  | { readonly type: 'failing'; readonly code: FailingCode; readonly message: string }
  /** A push was refused at the backlog cap, at least in part. */
  | { readonly type: 'capped' }
