import { sharedServer, startRedis } from '@pumphouse/testkit'
import type { Redis } from 'ioredis'
import { createGroup, type Group, type GroupOptions } from '../src/group.ts'
import { type PartitionKeys, partitionKeys } from '../src/keys.ts'
import { createProducer, type OutgoingFrame, type Producer, type ProducerOptions } from '../src/producer.ts'
import { connectRedis, type RedisOptions } from '../src/redis.ts'
import type { Settlement } from '../src/settlement.ts'
import { type PumpStatus, readStatus, type SetStatus } from '../src/status.ts'
import { trim } from '../src/trim.ts'

/** A set of its own for one test, on the Redis its file shares. */
export interface ScratchSet {
  readonly name: string
  readonly url: string
  readonly redis: Redis
  readonly keys: PartitionKeys
  producer(lane?: string, options?: Partial<ProducerOptions>): Producer
  /** Pushes one frame a count, on a lane of the set's own. */
  push(...counts: number[]): Promise<void>
  group(pump: string, consumer: string, options?: Partial<GroupOptions>): Group
  trim(): Promise<number>
  status(): Promise<SetStatus>
  /** The account of one pump; throws when it has none. */
  account(pump: string): Promise<PumpStatus>
}

/** Hands out sets; `close` ends the connections and the server. */
export function scratchSets(): {
  create(skip: (reason: string) => never): Promise<ScratchSet>
  close(): Promise<void>
} {
  const server = sharedServer(startRedis)
  const clients: Redis[] = []
  let sets = 0
  return {
    async create(skip) {
      const { url } = await server.orSkip(skip)
      clients[0] ??= await connected({ url })
      return scratchSet(clients[0], url, `set${++sets}`)
    },
    async close() {
      for (const client of clients) client.disconnect()
      await server.stop()
    },
  }
}

/** A client that is ready. */
export function connected(options: RedisOptions): Promise<Redis> {
  return new Promise(resolve => {
    const redis = connectRedis(options, 'test', { onUp: () => resolve(redis) })
  })
}

/** One set on a given connection. */
export function scratchSet(redis: Redis, url: string, name: string): ScratchSet {
  const own = createProducer(redis, { name, partitions: 1, lane: 'own' })
  let sequence = 0
  const status = (): Promise<SetStatus> => readStatus(redis, { name, partitions: 1 })
  return {
    name,
    url,
    redis,
    keys: partitionKeys(name, 0),
    producer: (lane = 'lane', options = {}) => createProducer(redis, { name, partitions: 1, lane, ...options }),
    async push(...counts) {
      await own.push(counts.map(count => frame(++sequence, count)))
    },
    group: (pump, consumer, options = {}) => createGroup(redis, { name, partition: 0, pump, consumer, ...options }),
    trim: () => trim(redis, { name, partition: 0 }),
    status,
    async account(pump) {
      const account = (await status()).pumps[pump]
      if (account === undefined) throw new Error(`${pump} has no account`)
      return account
    },
  }
}

/** A frame with recognisable bytes. */
export function frame(sequence: number, count: number, size = 20): OutgoingFrame {
  return { sequence, count, bytes: new Uint8Array(size).fill(sequence) }
}

/** Everything delivered. */
export function delivered(leased: { id: string; count: number }): Settlement {
  return { id: leased.id, delivered: leased.count, filtered: 0, deadLettered: 0 }
}

/** Limits that no test reaches. */
export const ALL = { maxFrames: 1000, maxBytes: 100_000_000 }

/** Counts as the scripts keep them. */
export function packedCounts(...counts: number[]): Buffer {
  return Buffer.from(Float64Array.from(counts).buffer)
}

/** Each is no count, or one that cannot be counted on from. */
export const NO_COUNTS = [Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5, 2 ** 53, 1e300]
