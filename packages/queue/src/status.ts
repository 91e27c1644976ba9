import type { Redis } from 'ioredis'
import { partitionKeys } from './keys.ts'
import { statusScript } from './lua/status.ts'
import { listFrom, numberFrom, type Reply, textFrom } from './reply.ts'
import { runScript } from './run-script.ts'

/** One pump's account of one set, all partitions together. All numbers are records unless they say otherwise. */
export interface PumpStatus {
  /** What was pushed for it since its group was created, the backlog it started with included. */
  readonly pushed: number
  readonly delivered: number
  readonly filtered: number
  readonly deadLettered: number
  readonly removed: number
  /** Unread plus leased, counted from the stream, not derived from the other terms. */
  readonly pending: number
  readonly pendingFrames: number
  /** Frames handed out and neither settled nor released. */
  readonly leasedFrames: number
  /** Frames that somebody deleted from the stream while they were leased; their records are unknown, and missing in the law. */
  readonly vanishedFrames: number
  /** Age of the oldest entry not settled, by Redis' own clock; undefined when nothing is pending. */
  readonly oldestMs?: number
  /** How long ago a daemon last wanted it, by Redis' own clock; undefined when none has said so yet. */
  readonly sinceWantedMs?: number
  /**
   * How long ago its account was begun anew, by Redis' own clock, because somebody had deleted it: with what was pending then. What was pushed
   * and settled before is in no term. Undefined when that never happened.
   */
  readonly sinceRebuiltMs?: number
  /** pushed = delivered + filtered + deadLettered + removed + pending, in every partition. */
  readonly holds: boolean
}

/** The account of a set, all partitions together. */
export interface SetStatus {
  /** Records ever pushed. */
  readonly pushed: number
  /** Entries in the set now. */
  readonly frames: number
  /** Dead letters kept now. */
  readonly deadLetters: number
  /** Dead letters that the bound on their number has removed. */
  readonly deadLettersRemoved: number
  /** Dead letters that somebody dropped on purpose. Their records stay dead-lettered in the account of their pump. */
  readonly deadLettersDropped: number
  /** Dead letters that somebody deleted from Redis by hand. Their records stay dead-lettered too. */
  readonly deadLettersVanished: number
  /** Records that were pending for groups that were dropped after their grace time. */
  readonly letGo: number
  readonly pumps: Readonly<Record<string, PumpStatus>>
}

/** What the script says of the partition itself, before it comes to the pumps. */
const TOTALS = 7

/** Reads the account of a set; each partition is one atomic snapshot. Throws RedisError. */
export async function readStatus(redis: Redis, set: { name: string; partitions: number }): Promise<SetStatus> {
  return joinStatus(await readPartitionStatus(redis, set))
}

/** Reads the accounts of all partitions, in their order, each by itself. Throws RedisError. */
export function readPartitionStatus(redis: Redis, set: { name: string; partitions: number }): Promise<SetStatus[]> {
  const partitions = Array.from({ length: set.partitions }, async (_, partition) => {
    const { frames, counters, dead } = partitionKeys(set.name, partition)
    return runScript(redis, statusScript, [frames, counters, dead], [], partitionStatus)
  })
  return Promise.all(partitions)
}

/** The account of a set from those of its partitions. */
export function joinStatus(partitions: readonly SetStatus[]): SetStatus {
  const sum = (term: keyof Omit<SetStatus, 'pumps'>): number =>
    partitions.reduce((total, partition) => total + partition[term], 0)
  const pumps = new Map<string, PumpStatus>()
  for (const partition of partitions) {
    for (const [pump, status] of Object.entries(partition.pumps)) pumps.set(pump, joined(pumps.get(pump), status))
  }
  return {
    pushed: sum('pushed'),
    frames: sum('frames'),
    deadLetters: sum('deadLetters'),
    deadLettersRemoved: sum('deadLettersRemoved'),
    deadLettersDropped: sum('deadLettersDropped'),
    deadLettersVanished: sum('deadLettersVanished'),
    letGo: sum('letGo'),
    // A pump may have any name: fromEntries defines keys, so that `__proto__` is one like any other.
    pumps: Object.fromEntries(pumps),
  }
}

function partitionStatus(reply: Reply): SetStatus {
  const list = listFrom(reply)
  const total = (index: number): number => numberFrom(list[index])
  const pushed = total(0)
  const pumps = list.slice(TOTALS).map(account => {
    const [name, ...terms] = listFrom(account)
    return [textFrom(name), pumpStatus(pushed, terms.map(numberFrom))] as const
  })
  return {
    pushed,
    frames: total(1),
    deadLetters: total(2),
    deadLettersRemoved: total(3),
    deadLettersDropped: total(4),
    deadLettersVanished: total(5),
    letGo: total(6),
    pumps: Object.fromEntries(pumps),
  }
}

/** One pump in one partition, from the terms in the order of the script's reply. */
function pumpStatus(pushedToSet: number, terms: readonly number[]): PumpStatus {
  const term = (index: number): number => terms[index] ?? 0
  const pushed = pushedToSet - term(0)
  const [delivered, filtered, deadLettered, removed, pending] = [term(1), term(2), term(3), term(4), term(6)]
  const [oldestMs, sinceWantedMs, sinceRebuiltMs] = [term(9), term(10), term(11)]
  return {
    pushed,
    delivered,
    filtered,
    deadLettered,
    removed,
    pending,
    pendingFrames: term(7),
    leasedFrames: term(8),
    vanishedFrames: term(5),
    ...(oldestMs >= 0 && { oldestMs }),
    ...(sinceWantedMs >= 0 && { sinceWantedMs }),
    ...(sinceRebuiltMs >= 0 && { sinceRebuiltMs }),
    holds: pushed === delivered + filtered + deadLettered + removed + pending,
  }
}

function joined(a: PumpStatus | undefined, b: PumpStatus): PumpStatus {
  if (a === undefined) return b
  const oldestMs = longer(a.oldestMs, b.oldestMs)
  const sinceWantedMs = longer(a.sinceWantedMs, b.sinceWantedMs)
  const sinceRebuiltMs = longer(a.sinceRebuiltMs, b.sinceRebuiltMs)
  return {
    pushed: a.pushed + b.pushed,
    delivered: a.delivered + b.delivered,
    filtered: a.filtered + b.filtered,
    deadLettered: a.deadLettered + b.deadLettered,
    removed: a.removed + b.removed,
    pending: a.pending + b.pending,
    pendingFrames: a.pendingFrames + b.pendingFrames,
    leasedFrames: a.leasedFrames + b.leasedFrames,
    vanishedFrames: a.vanishedFrames + b.vanishedFrames,
    ...(oldestMs !== undefined && { oldestMs }),
    ...(sinceWantedMs !== undefined && { sinceWantedMs }),
    ...(sinceRebuiltMs !== undefined && { sinceRebuiltMs }),
    holds: a.holds && b.holds,
  }
}

function longer(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b)
}
