import { once } from 'node:events'
import { connectRedis, createGroup } from '@pumphouse/queue'
import { type AnalyticsRecord, decodeFrame, type Frame } from '@pumphouse/record'

/** Everything that is in an analytics set of one partition, decoded. */
export interface SetContent {
  readonly frames: readonly Frame[]
  readonly records: readonly AnalyticsRecord[]
}

let readers = 0

/** Reads the whole set as a new pump would. */
export async function readSet(url: string, name = 'analytics'): Promise<SetContent> {
  const redis = connectRedis({ url }, 'test')
  try {
    if (redis.status !== 'ready') await once(redis, 'ready')
    readers += 1
    const group = createGroup(redis, { name, partition: 0, pump: `reader-${readers}`, consumer: 'c', leaseMs: 60_000 })
    await group.ensure('backlog')
    const frames: Frame[] = []
    for (;;) {
      const read = await group.read({ maxFrames: 100, maxBytes: 16 * 1024 * 1024 })
      if (read.length === 0) break
      for (const { bytes } of read) frames.push(decodeFrame(bytes ?? new Uint8Array()))
    }
    return { frames, records: frames.flatMap(frame => frame.records) }
  } finally {
    redis.disconnect()
  }
}

/** How often each value of a field occurs. */
export function timesSeen(records: readonly AnalyticsRecord[], field: string): Map<unknown, number> {
  const seen = new Map<unknown, number>()
  for (const record of records) seen.set(record[field], (seen.get(record[field]) ?? 0) + 1)
  return seen
}
