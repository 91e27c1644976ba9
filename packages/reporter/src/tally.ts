import type { ProducerCounters } from '@pumphouse/record'

/** Why a record was dropped. */
export type DropReason =
  /** The buffer was full: the newest or the oldest went, as `buffer.onFull` says. */
  | 'buffer_full'
  /** It came after close(), or close() ran out of time for it. Then it may be in the set after all. */
  | 'closed'
  /** No frame could be made of its batch: a fault of the reporter. */
  | 'unencodable'

/**
 * What a reporter counted since it started, in records. Always:
 * created = sampledOut + refused + accepted, and accepted = sent + spooled + queued + (all of dropped − refused).
 */
export interface ReporterStats {
  /** record() calls. */
  readonly created: number
  /** Those that returned true. */
  readonly accepted: number
  /** Left out by `sample`. */
  readonly sampledOut: number
  /** Dropped at the door: record() returned false for them. They are in `dropped` too. */
  readonly refused: number
  /** In the set, as Redis acknowledged. */
  readonly sent: number
  /** On disk, waiting for Redis. Always 0 in this release. */
  readonly spooled: number
  /** In memory: in the open batch, waiting, or on their way. */
  readonly queued: number
  /** By reason. */
  readonly dropped: Readonly<Record<DropReason, number>>
  /** Fields replaced or cut, by reason. The records themselves arrived. */
  readonly altered: Readonly<Record<string, number>>
  /** Failures of functions the application gave, by name (`skip`, `enrich`); their records were made without them. */
  readonly hookErrors: Readonly<Record<string, number>>
  /** Worker threads running. */
  readonly workers: number
  /** Whether every lane has its connection and its last push did not fail; after close(), how that was in the end. */
  readonly redis: 'up' | 'down'
  /** What went wrong last, if anything ever did. */
  readonly lastError?: string
}

/** The counters behind the stats. */
export interface Tally {
  created: number
  accepted: number
  sampledOut: number
  refused: number
  sent: number
  lastError: string | undefined
  readonly dropped: Record<DropReason, number>
  readonly hookErrors: Record<string, number>
}

export function createTally(): Tally {
  return {
    created: 0,
    accepted: 0,
    sampledOut: 0,
    refused: 0,
    sent: 0,
    lastError: undefined,
    dropped: { buffer_full: 0, closed: 0, unencodable: 0 },
    hookErrors: {},
  }
}

/** The part that travels in the frames, as it is now. */
export function producerCounters(tally: Tally, altered: Readonly<Record<string, number>>): ProducerCounters {
  const { created, sampledOut, dropped } = tally
  return { created, sampledOut, dropped: { ...dropped }, spooled: 0, altered: { ...altered } }
}
