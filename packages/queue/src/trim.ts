import type { Redis } from 'ioredis'
import { partitionKeys } from './keys.ts'
import { trimScript } from './lua/trim.ts'
import { countFrom, listFrom } from './reply.ts'
import { runScript } from './run-script.ts'

/** Entries one script call removes before it lets Redis serve others: a few milliseconds. */
const MAX_ENTRIES_PER_CALL = 1_000

/** Removes the entries every group has finished. Returns how many records went. With no group at all nothing is removed. Throws RedisError. */
export async function trim(redis: Redis, set: { name: string; partition: number }): Promise<number> {
  const { frames, bytes, counters } = partitionKeys(set.name, set.partition)
  for (let records = 0; ; ) {
    const [removed = 0, more] = await runScript(
      redis,
      trimScript,
      [frames, bytes, counters],
      [MAX_ENTRIES_PER_CALL],
      reply => listFrom(reply).map(countFrom),
    )
    records += removed
    if (more !== 1) return records
  }
}
