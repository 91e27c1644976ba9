import type { Redis } from 'ioredis'
import { bytesFrom, countFrom, idFrom, listFrom, misfit, type Reply } from './reply.ts'
import { runCommand } from './run-script.ts'

/** A frame as it was read, leased to this consumer until it is settled, released or its lease runs out. */
export interface LeasedFrame {
  /** The stream's entry id. Unique within a partition. */
  readonly id: string
  /** The frame's bytes; undefined when there are none (something else wrote the entry, or removed them). */
  readonly bytes: Uint8Array | undefined
  /** Records in it, as the law counts them (0 when the entry does not say). */
  readonly count: number
  /** How many times it has been handed out, this time included; a delivery that ended with a release does not count. */
  readonly deliveries: number
}

/** An entry without the bytes of its frame. */
export interface LeasedEntry extends Omit<LeasedFrame, 'bytes'> {
  /** Where they lie in the hash of bytes. */
  readonly name: Buffer | undefined
}

/** Entries from the flat reply of read (id, name, records) or, with deliveries, of take-over (… deliveries). */
export function leasedEntries(reply: Reply, withDeliveries: boolean): LeasedEntry[] {
  const flat = listFrom(reply)
  const step = withDeliveries ? 4 : 3
  const entries: LeasedEntry[] = []
  for (let i = 0; i < flat.length; i += step) {
    entries.push({
      id: idFrom(flat[i]),
      name: bytesFrom(flat[i + 1]),
      count: countFrom(flat[i + 2]),
      deliveries: withDeliveries ? countFrom(flat[i + 3]) : 1,
    })
  }
  return entries
}

/** The same with their bytes, asked for in one command. What a stranger's entry has in the place of the name stands for its bytes. Throws RedisError. */
export async function fetchBytes(redis: Redis, key: string, entries: readonly LeasedEntry[]): Promise<LeasedFrame[]> {
  if (entries.length === 0) return []
  // As texts, which the client joins in less time than bytes: what a stranger wrote need not be one, and is not found then.
  const names = entries.map(({ name }) => name?.toString() ?? '')
  const found = await runCommand(redis, 'HMGET', [key, ...names], reply => {
    const list = listFrom(reply).map(bytesFrom)
    return list.length === names.length ? list : misfit()
  })
  return entries.map(({ name, id, count, deliveries }, i) => {
    return { id, bytes: found[i] ?? (count === 0 ? name : undefined), count, deliveries }
  })
}
