import type { AnalyticsRecord } from './record.ts'

/** The version this release writes and reads. */
export const FRAME_VERSION = 1

/** Cumulative counts of one reporter since it started, as of the moment the frame was closed. */
export interface ProducerCounters {
  /** record() calls. */
  readonly created: number
  readonly sampledOut: number
  /** Records dropped, by reason (`buffer_full`, `closed`, …). */
  readonly dropped: Readonly<Record<string, number>>
  readonly spooled: number
  /** Fields replaced or cut, by reason (`too_long`, `cycle`, `function`, …). */
  readonly altered: Readonly<Record<string, number>>
}

/** Who wrote a frame. */
export interface Producer {
  readonly service: string
  /** One reporter in one process: unique per start. */
  readonly instance: string
  /** One ordered sequence of frames of that instance. */
  readonly lane: string
  /** 1 for the lane's first frame, then one more for each. */
  readonly sequence: number
  readonly counters: ProducerCounters
}

/** A decoded frame. Its records are frozen and carry their ids. */
export interface Frame {
  readonly version: number
  readonly baseId: Uint8Array
  readonly producer: Producer
  readonly records: readonly AnalyticsRecord[]
  /** Bytes of the rows before compression: what to charge a cache or a memory bound with. */
  readonly payloadBytes: number
}
