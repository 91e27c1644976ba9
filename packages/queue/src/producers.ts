/**
 * The account of those who push: what each reporter says it made, beside what the set took from it. The push script keeps it, one for each
 * lane (lua/lane-account.ts); lanes of one instance are joined here, wherever their partitions are.
 */

import type { Redis } from 'ioredis'
import { partitionKeys } from './keys.ts'
import { type LaneCounts, laneCounts } from './lane-counts.ts'
import { asRedisError } from './redis-error.ts'

/** What became of the records of one reporter. */
export interface ProducerStatus {
  /** '' when it never said who it is. */
  readonly service: string
  /** One reporter in one process; a lane that never said whose it is stands for itself. */
  readonly instance: string
  readonly lanes: number
  /** record() calls, as it last said. */
  readonly created: number
  readonly sampledOut: number
  /** The same by route, where the reporter says it: '' for those without one, `other` for routes beyond its first ones. */
  readonly sampledOutByRoute: Readonly<Record<string, number>>
  /** Records it dropped, by reason, as it last said. */
  readonly dropped: Readonly<Record<string, number>>
  /** Records that the set took from it, each once, and their frames. */
  readonly received: number
  readonly receivedFrames: number
  /** Frames that were numbered and never came: gaps in the sequences of its lanes. Later frames came, so these cannot come any more. */
  readonly missingFrames: number
  /**
   * created − sampledOut − dropped − received, at least 0. While it runs: what is in its memory or its spool. When it is gone and nobody has
   * its spool: lost.
   */
  readonly unaccounted: number
  /** Since it last brought something, by Redis' own clock. */
  readonly silentMs: number
}

/** Sums of the lanes of one service that were silent for more than a day and are not kept one by one any more. */
export interface EarlierProducers {
  readonly service: string
  readonly lanes: number
  readonly received: number
  readonly receivedFrames: number
  readonly missingFrames: number
}

/** Everybody who ever pushed into a set. */
export interface Producers {
  /** By service, then instance. */
  readonly producers: readonly ProducerStatus[]
  readonly earlier: readonly EarlierProducers[]
}

/** What the set has of a lane, and what its reporter said. */
interface LaneAccount extends LaneCounts {
  readonly said: Said
}

type Said = Pick<ProducerStatus, 'service' | 'instance' | 'sampledOut' | 'sampledOutByRoute' | 'dropped'>

/** Fields of a hash that Redis hands out before it serves others. */
const PAGE = 500

/** Reads the account of the producers; each lane is one snapshot. Throws RedisError. */
export async function readProducers(redis: Redis, set: { name: string; partitions: number }): Promise<Producers> {
  const lanes: LaneAccount[] = []
  const earlier = new Map<string, EarlierProducers>()
  try {
    const [seconds] = await redis.time()
    for (let partition = 0; partition < set.partitions; partition++) {
      const keys = partitionKeys(set.name, partition)
      for (const [lane, account] of await readHash(redis, keys.lanes)) lanes.push(...laneAccount(lane, account))
      for (const [service, line] of await readHash(redis, keys.earlierLanes)) {
        earlier.set(service, joinedSums(earlier.get(service), service, line.toString()))
      }
    }
    const producers = joinLanes(lanes, Number(seconds) * 1_000).sort(byName)
    return { producers, earlier: [...earlier.values()].sort((a, b) => compare(a.service, b.service)) }
  } catch (error) {
    throw asRedisError(error)
  }
}

/** A cursor may give a field twice: a map has it once. */
async function readHash(redis: Redis, key: string): Promise<Map<string, Buffer>> {
  const fields = new Map<string, Buffer>()
  let cursor = '0'
  do {
    const [next, flat] = await redis.hscanBuffer(key, cursor, 'COUNT', PAGE)
    for (let i = 0; i < flat.length; i += 2) fields.set(String(flat[i]), flat[i + 1] as Buffer)
    cursor = String(next)
  } while (cursor !== '0')
  return fields
}

/** None when something else wrote it. */
function laneAccount(lane: string, account: Buffer): LaneAccount[] {
  const counts = laneCounts(account)
  return counts === undefined ? [] : [{ ...counts, said: said(lane, counts.description) }]
}

/** What the description says of the reporter; what is not what producer.ts writes counts as not said. */
function said(lane: string, description: string): Said {
  const fields = parsed(description)
  const text = (name: string): string | undefined => (typeof fields[name] === 'string' ? fields[name] : undefined)
  const { sampledOut, sampledOutByRoute, dropped } = fields
  return {
    service: text('service') ?? '',
    instance: text('instance') ?? lane,
    sampledOut: Number.isSafeInteger(sampledOut) ? (sampledOut as number) : 0,
    sampledOutByRoute: isCounts(sampledOutByRoute) ? sampledOutByRoute : {},
    dropped: isCounts(dropped) ? dropped : {},
  }
}

function parsed(description: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(description)) as Record<string, unknown>
  } catch {
    return {}
  }
}

function isCounts(value: unknown): value is Record<string, number> {
  return typeof value === 'object' && value !== null && Object.values(value).every(Number.isSafeInteger)
}

/** The counters are the instance's and only grow: of its lanes the one that heard of most has the newest. Names have no NUL. */
function joinLanes(lanes: readonly LaneAccount[], nowMs: number): ProducerStatus[] {
  const instances = new Map<string, LaneAccount[]>()
  for (const lane of lanes) {
    const id = `${lane.said.service}\0${lane.said.instance}`
    instances.set(id, [...(instances.get(id) ?? []), lane])
  }
  return [...instances.values()].map(of => {
    const newest = of.reduce((a, b) => (b.created > a.created ? b : a))
    const { service, instance, sampledOut, sampledOutByRoute, dropped } = newest.said
    const received = sum(of.map(({ records }) => records))
    const accounted = sampledOut + sum(Object.values(dropped)) + received
    return {
      service,
      instance,
      lanes: of.length,
      created: newest.created,
      sampledOut,
      sampledOutByRoute,
      dropped,
      received,
      receivedFrames: sum(of.map(({ frames }) => frames)),
      missingFrames: sum(of.map(({ missing }) => missing)),
      unaccounted: Math.max(0, newest.created - accounted),
      silentMs: Math.max(0, nowMs - Math.max(...of.map(({ seenMs }) => seenMs))),
    }
  })
}

function joinedSums(known: EarlierProducers | undefined, service: string, line: string): EarlierProducers {
  const [lanes = 0, frames = 0, records = 0, missing = 0] = line.split(' ').map(term => Number(term) || 0)
  return {
    service,
    lanes: (known?.lanes ?? 0) + lanes,
    received: (known?.received ?? 0) + records,
    receivedFrames: (known?.receivedFrames ?? 0) + frames,
    missingFrames: (known?.missingFrames ?? 0) + missing,
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function byName(a: ProducerStatus, b: ProducerStatus): number {
  return compare(a.service, b.service) || compare(a.instance, b.instance)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
