/**
 * Groups live and die on purpose:
 *
 *   wanted ── no daemon notes it any more ──▶ unwanted, its share is kept ── grace time over ──▶ dropped, its share let go and counted
 *      ▲──────────── noted again, goes on where it was ──────┘
 */
import type { Redis } from 'ioredis'
import { partitionKeys } from './keys.ts'
import { keepGroupsScript } from './lua/keep-groups.ts'
import { countFrom, listFrom, type Reply, textFrom } from './reply.ts'
import { runScript } from './run-script.ts'

/** A group that this daemon does not want. */
export interface UnwantedGroup {
  readonly pump: string
  /** How long ago a daemon last wanted it, by Redis' clock. */
  readonly sinceWantedMs: number
  /** This call has dropped it: its grace time was over. */
  readonly dropped: boolean
  /** Records that were pending for it when it was dropped. */
  readonly records: number
}

/**
 * Notes in one partition that these pumps are wanted, and drops the groups that no daemon has noted for `graceMs`. What was pending for
 * them is counted as let go. Resolves with the groups that are not wanted here. Atomic. Throws RedisError.
 */
export async function keepGroups(
  redis: Redis,
  set: { readonly name: string; readonly partition: number },
  wanted: readonly string[],
  graceMs: number,
): Promise<UnwantedGroup[]> {
  const { frames, counters } = partitionKeys(set.name, set.partition)
  return runScript(redis, keepGroupsScript, [frames, counters], [graceMs, ...wanted], reply =>
    listFrom(reply).map(unwantedGroup),
  )
}

function unwantedGroup(reply: Reply): UnwantedGroup {
  const [pump, sinceWantedMs, dropped, records] = listFrom(reply)
  return {
    pump: textFrom(pump),
    sinceWantedMs: countFrom(sinceWantedMs),
    dropped: dropped === 1,
    records: countFrom(records),
  }
}
