import type { ProducerCounters, RedactCounts } from '@pumphouse/record'
import { type BoundedCounts, createBoundedCounts } from './bounded-counts.ts'
import type { Pool, RedisState } from './lane/pool.ts'

/** Routes with a counter of their own: more than an API has, unless it makes them out of data. */
export const MAX_COUNTED_ROUTES = 500

/** Why a record was dropped. */
export type DropReason =
  /** The buffer was full: the newest or the oldest went, as `buffer.onFull` says. */
  | 'buffer_full'
  /** It came after close(), or close() ran out of time for it. Then it may be in the set after all. */
  | 'closed'
  /**
   * As buffer_full, while the spool was to hold what memory cannot, and was full or could not be written to. Also what was in memory when the process
   * exited and the spool did not take; a worker may have brought some of it into the set after all.
   */
  | 'spool_full'
  /** It was on disk for longer than `spool.maxAge`. */
  | 'spool_expired'
  /** It was on disk and could not be read back. */
  | 'spool_damaged'
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
  /** The same by route (where there is none, ''), the first MAX_COUNTED_ROUTES of them; the others together as `other`. */
  readonly sampledOutByRoute: Readonly<Record<string, number>>
  /** Dropped at the door: record() returned false for them. They are in `dropped` too. */
  readonly refused: number
  /** In the set, as Redis acknowledged. */
  readonly sent: number
  /** On disk, waiting for Redis. When the process ends before Redis is back, the next one drains them. */
  readonly spooled: number
  /** In memory: in the open batch, waiting, or on their way. */
  readonly queued: number
  /** Pushes that the set refused, at least in part, because its backlog cap was reached: what they held waits and is pushed again. */
  readonly backlogFull: number
  /** By reason. */
  readonly dropped: Readonly<Record<DropReason, number>>
  /** Fields replaced or cut, by reason. The records themselves arrived. */
  readonly altered: Readonly<Record<string, number>>
  /** Failures of functions the application gave, by name (`skip`, `enrich`); their records were made without them. */
  readonly hookErrors: Readonly<Record<string, number>>
  /** Values that were redacted, and how; `failed` of them because they could not be looked into. */
  readonly redacted: Readonly<RedactCounts>
  /** The spool: what it holds of this process, and what it took over from earlier ones. */
  readonly spool: SpoolStats
  /** Worker threads running. */
  readonly workers: number
  /**
   * `up`: every lane has its connection and its last push did not fail. `full`: Redis answers, and the backlog of the set is at its cap (`maxBacklogRecords`, `maxBacklogBytes`).
   * `refusing`: Redis answers with an error (out of memory, read-only, no rights). `down`: it is not connected, or does not answer. Of several lanes the worst; after
   * close(), how that was in the end.
   */
  readonly redis: RedisState
  /** What went wrong last, if anything ever did. */
  readonly lastError?: string
}

/** What a reporter has on disk, and what it did with what others had left there. */
export interface SpoolStats {
  /** Of this process: waiting on disk, or with mode `always` on their way and on disk too. */
  readonly frames: number
  /** Size of the files of this process. */
  readonly bytes: number
  /** Records of processes that are gone, which this one brought into the set. */
  readonly adopted: number
  /** Records of processes that are gone, removed because of `spool.maxAge`. */
  readonly expired: number
  /** Places in files of processes that are gone which could not be read: what was there is lost, what was around it is not. */
  readonly corrupt: number
  /** Why it takes nothing at the moment: full, read-only, … */
  readonly refusing?: string
}

/** The counters behind the stats. */
export interface Tally {
  created: number
  accepted: number
  sampledOut: number
  readonly sampledOutByRoute: BoundedCounts
  refused: number
  sent: number
  /** On disk now. */
  spooled: number
  /** Ever put on disk to wait. */
  everSpooled: number
  /** Pushes. */
  backlogFull: number
  /** Of other processes. */
  readonly inherited: { adopted: number; expired: number; corrupt: number }
  lastError: string | undefined
  /** Dropped because the spool did not take them when the process exited, and why. */
  unspooled: { readonly records: number; readonly reason: string }
  readonly dropped: Record<DropReason, number>
  readonly hookErrors: Record<string, number>
  readonly redacted: RedactCounts
}

export function createTally(): Tally {
  return {
    created: 0,
    accepted: 0,
    sampledOut: 0,
    sampledOutByRoute: createBoundedCounts(MAX_COUNTED_ROUTES),
    refused: 0,
    sent: 0,
    spooled: 0,
    everSpooled: 0,
    backlogFull: 0,
    inherited: { adopted: 0, expired: 0, corrupt: 0 },
    lastError: undefined,
    unspooled: { records: 0, reason: '' },
    dropped: { buffer_full: 0, closed: 0, spool_full: 0, spool_expired: 0, spool_damaged: 0, unencodable: 0 },
    hookErrors: {},
    redacted: { masked: 0, removed: 0, hashed: 0, failed: 0 },
  }
}

/** The part that travels in the frames, as it is now. */
export function producerCounters(
  tally: Tally,
  altered: Readonly<Record<string, number>>,
  sampledOutByRoute: ProducerCounters['sampledOutByRoute'],
): ProducerCounters {
  const { created, sampledOut, dropped, everSpooled, redacted } = tally
  const unreadable = redacted.failed > 0 && { redaction_failed: redacted.failed }
  return {
    created,
    sampledOut,
    ...(sampledOutByRoute !== undefined && { sampledOutByRoute }),
    dropped: { ...dropped },
    spooled: everSpooled,
    altered: { ...altered, ...unreadable },
  }
}

/** The counters as they are shown. */
export function statsOf(
  tally: Tally,
  { queued, altered }: Pick<ReporterStats, 'queued' | 'altered'>,
  pool: Pick<Pool, 'spool' | 'workers' | 'redis'>,
): ReporterStats {
  const { created, accepted, sampledOut, refused, sent, spooled, lastError } = tally
  const { frames, bytes, refusing } = pool.spool
  return {
    created,
    accepted,
    sampledOut,
    sampledOutByRoute: tally.sampledOutByRoute.all(),
    refused,
    sent,
    spooled,
    queued,
    backlogFull: tally.backlogFull,
    dropped: { ...tally.dropped },
    altered: { ...altered },
    hookErrors: { ...tally.hookErrors },
    redacted: { ...tally.redacted },
    spool: { frames, bytes, ...tally.inherited, ...(refusing !== undefined && { refusing }) },
    workers: pool.workers,
    redis: pool.redis,
    ...(lastError !== undefined && { lastError }),
  }
}
