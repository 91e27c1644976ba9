import type { Redis } from 'ioredis'
import { partitionKeys } from './keys.ts'
import { trimScript } from './lua/trim.ts'
import { runScript } from './run-script.ts'

/** Entries one script call removes before it lets Redis serve others: a few milliseconds. */
const MAX_ENTRIES_PER_CALL = 10_000

/** Removes the entries every group has finished. Returns how many records went. With no group at all nothing is removed. Throws RedisError. */
export async function trim(redis: Redis, set: { name: string; partition: number }): Promise<number> {
  const { frames, counters } = partitionKeys(set.name, set.partition)
  for (let records = 0; ; ) {
    const reply = await runScript(redis, trimScript, [frames, counters], [MAX_ENTRIES_PER_CALL])
    const [removed, more] = reply as [number, number]
    records += removed
    if (more === 0) return records
  }
}
