import type { Redis } from 'ioredis'
import { partitionKeys } from './keys.ts'
import { retainScript } from './lua/retain.ts'
import { countFrom, listFrom, type Reply, textFrom } from './reply.ts'
import { runScript } from './run-script.ts'

/** What a partition may hold at most; 0 = any. */
export interface Retention {
  /** Age of an entry, by Redis' clock. */
  readonly maxAgeMs: number
  /** Records held, whether some pumps have finished them or not. */
  readonly maxRecords: number
}

/** Entries one script call removes before it lets Redis serve others: each is asked about in every group. */
const MAX_ENTRIES_PER_CALL = 200

/**
 * Removes the oldest entries that are beyond the retention, whether they are finished or not. What a pump had not settled of them is
 * counted as removed in its account, exactly; a lease on them ends. Resolves with these records by pump. Throws RedisError; what was
 * removed until then is counted.
 */
export async function retain(
  redis: Redis,
  set: { readonly name: string; readonly partition: number },
  { maxAgeMs, maxRecords }: Retention,
): Promise<ReadonlyMap<string, number>> {
  const { frames, bytes, counters } = partitionKeys(set.name, set.partition)
  const removed = new Map<string, number>()
  while (true) {
    const args = [maxAgeMs, maxRecords, MAX_ENTRIES_PER_CALL]
    const { more, pumps } = await runScript(redis, retainScript, [frames, bytes, counters], args, retained)
    for (const [pump, records] of pumps) removed.set(pump, (removed.get(pump) ?? 0) + records)
    if (!more) return removed
  }
}

function retained(reply: Reply): { more: boolean; pumps: [pump: string, records: number][] } {
  const [, more, ...flat] = listFrom(reply)
  const pumps: [string, number][] = []
  for (let i = 0; i < flat.length; i += 2) pumps.push([textFrom(flat[i]), countFrom(flat[i + 1])])
  return { more: more === 1, pumps }
}
