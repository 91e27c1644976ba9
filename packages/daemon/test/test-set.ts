import { randomBytes } from 'node:crypto'
import { connectRedis, createProducer, type PumpStatus, readStatus } from '@pumphouse/queue'
import { createRecordIdSource, createRowBuilder, encodeFrame } from '@pumphouse/record'
import type { Redis } from 'ioredis'

/** A set of its own for one test, filled by a real producer. One partition unless it says otherwise. */
export interface TestSet {
  readonly name: string
  readonly redis: Redis
  /** Pushes records with `n` counting up from the last push, in frames of `perFrame`. Returns how many were pushed so far. */
  push(count: number, options?: { perFrame?: number; fields?: (n: number) => object }): Promise<number>
  /** Adds an entry that no producer would write. */
  pushEntry(fields: Record<string, string | Buffer>): Promise<void>
  status(pump: string): Promise<PumpStatus>
  /** Fields of the dead letters, oldest first. */
  deadLetters(): Promise<Record<string, Buffer>[]>
  close(): void
}

/** The bytes of one good frame. */
export function frameBytes(records: readonly object[], sequence = 1, lane = 'lane'): Uint8Array {
  const rows = createRowBuilder()
  for (const record of records) rows.add(record)
  const counters = { created: 0, sampledOut: 0, dropped: {}, spooled: 0, altered: {} }
  const producer = { service: 'test', instance: 'i', lane, sequence, counters }
  return encodeFrame(idSource.allocate(records.length), producer, rows.take())
}

const idSource = createRecordIdSource()

/** A client that is connected. */
export async function connected(url: string): Promise<Redis> {
  const redis = connectRedis({ url }, 'test')
  if (redis.status !== 'ready') await new Promise<void>(resolve => redis.once('ready', () => resolve()))
  return redis
}

/** Makes a set with a random name on a running Redis; its three lanes a partition are used in turn. */
export async function createTestSet(
  url: string,
  options: { partitions?: number; name?: string } = {},
): Promise<TestSet> {
  const redis = await connected(url)
  const { partitions = 1, name = `set-${randomBytes(4).toString('hex')}` } = options
  const lanes = Array.from({ length: partitions * 3 }, (_, i) => `lane-${i}`)
  const producers = lanes.map(lane => createProducer(redis, { name, partitions, lane }))
  let sequence = 0
  let pushed = 0

  return {
    name,
    redis,
    async push(count, { perFrame = 100, fields = () => ({}) } = {}) {
      for (const end = pushed + count; pushed < end; ) {
        const size = Math.min(perFrame, end - pushed)
        const records = Array.from({ length: size }, (_, i) => ({ n: pushed + i, ...fields(pushed + i) }))
        sequence += 1
        const at = sequence % lanes.length
        const bytes = frameBytes(records, sequence, lanes[at])
        await producers[at]?.push([{ sequence, count: size, bytes }])
        pushed += size
      }
      return pushed
    },
    async pushEntry(fields) {
      await redis.xadd(`{${name}:0}:frames`, '*', ...Object.entries(fields).flat())
    },
    async status(pump) {
      const status = (await readStatus(redis, { name, partitions })).pumps[pump]
      if (!status) throw new Error(`no group for ${pump}`)
      return status
    },
    async deadLetters() {
      const letters: Record<string, Buffer>[] = []
      for (let partition = 0; partition < partitions; partition++) {
        for (const [, fields] of await redis.xrangeBuffer(`{${name}:${partition}}:dead`, '-', '+')) {
          const pairs: [string, Buffer][] = []
          for (let i = 0; i < fields.length; i += 2) pairs.push([String(fields[i]), fields[i + 1] as Buffer])
          letters.push(Object.fromEntries(pairs))
        }
      }
      return letters
    },
    close: () => redis.disconnect(),
  }
}

/** Counts as the scripts of the set keep them. */
export function packedCounts(...counts: number[]): Buffer {
  return Buffer.from(Float64Array.from(counts).buffer)
}

/** Records pushed into a partition, as its counters say. */
export async function pushedTotal(redis: Redis, counters: string): Promise<number> {
  return (await redis.hgetBuffer(counters, 'totals'))?.readDoubleLE(0) ?? 0
}
