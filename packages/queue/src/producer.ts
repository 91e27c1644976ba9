import { randomUUID } from 'node:crypto'
import { PumphouseError, type Producer as ReporterState } from '@pumphouse/record'
import type { Redis } from 'ioredis'
import { partitionKeys, partitionOf } from './keys.ts'
import { laneCounts } from './lane-counts.ts'
import { noteScript } from './lua/note.ts'
import { NO_BYTES, pushScript } from './lua/push.ts'
import { RedisError } from './redis-error.ts'
import { bytesFrom, countFrom, listFrom, numberFrom, type Reply } from './reply.ts'
import { type Argument, runCommand, runScript } from './run-script.ts'

/** A frame on its way into the set. */
export interface OutgoingFrame {
  /** The frame's sequence in its lane; strictly increasing. */
  readonly sequence: number
  /** Records in it. */
  readonly count: number
  readonly bytes: Uint8Array
}

/** What became of the frames of a push. */
export interface PushResult {
  /** Frames of the call, from its first, that the set holds now (taken by this call or, after a lost reply, by an earlier one). The others are to be pushed again. */
  readonly accepted: number
  /** How many of those an earlier call had already brought. */
  readonly duplicates: number
  /** The backlog cap refused the frame after the accepted ones. */
  readonly full: boolean
}

/** Where a lane's frames go. */
export interface ProducerOptions {
  /** Name of the analytics set. */
  readonly name: string
  readonly partitions: number
  /** Unique per reporter instance: a lane that two processes used would drop frames of one as known. */
  readonly lane: string
  /** Backlog caps; 0 = none, the default. An empty backlog takes one frame of any size. */
  readonly maxBacklogRecords?: number
  readonly maxBacklogBytes?: number
}

/** What a reporter says of itself. */
export type ReporterAccount = Pick<ReporterState, 'service' | 'instance' | 'counters'>

/** The producer half for one lane. */
export interface Producer {
  readonly partition: number
  /**
   * Pushes consecutive frames of the lane in order: stores their bytes, then takes the frames in one atomic script. Idempotent by sequence:
   * after an error the same frames are pushed again before any later ones. Throws RedisError; PH_PUSH_ORDER when sequences do not increase or an
   * earlier call is still going on, because a later frame that overtook would make the earlier one look like a double.
   * `said` is what the reporter that made the frames has counted, as far as known; the set keeps the newest for its account of producers.
   */
  push(frames: readonly OutgoingFrame[], said?: ReporterAccount): Promise<PushResult>
  /** Brings what the reporter of the lane had counted last, without a frame; nothing changes when the set has heard of more. May be repeated. Throws RedisError. */
  note(said: ReporterAccount): Promise<void>
}

/** A silent lane is forgotten after a day: far longer than any retry of a lost reply lasts. */
const LANE_EXPIRY_MS = 24 * 60 * 60 * 1000

/** Redis works on a part of what is stored while the next is on its way; smaller parts cost more commands than that saves. */
const STORE_BYTES = 48 * 1024

/** How often frames are stored again whose bytes went between their storing and their push: whoever removes them does it when the set is empty. */
const MAX_STORES = 3

/** The producer half of one lane. Creates nothing in Redis before the first push. */
export function createProducer(redis: Redis, options: ProducerOptions): Producer {
  const { name, lane, maxBacklogRecords = 0, maxBacklogBytes = 0 } = options
  const partition = partitionOf(lane, options.partitions)
  const keys = partitionKeys(name, partition)
  const laneKeys = [keys.lanes, keys.lanesSeen, keys.earlierLanes]
  const scriptKeys = [keys.frames, keys.bytes, keys.counters, ...laneKeys]
  /** What the set has said it took; it may forget the lane, when that is silent or Redis loses its data, and go on from here. */
  const taken = { sequence: 0, frames: 0, records: 0 }
  /** Whether a reply was lost, or the lane may be an adopted one: then it is asked what it has before bytes are stored that nobody would take. */
  let inDoubt = true
  let pushing = false
  /** A frame that comes twice, because the set has forgotten its lane, must not share its bytes with the first: they go with that. */
  let own = nameEnd()
  const frameName = (sequence: number): string => `${lane}/${sequence}/${own}`

  function noteTaken(frames: readonly OutgoingFrame[]): void {
    for (const { sequence, count } of frames) {
      taken.sequence = sequence
      taken.frames++
      taken.records += count
    }
  }

  async function store(frames: readonly OutgoingFrame[]): Promise<void> {
    const parts: Argument[][] = []
    let size = STORE_BYTES
    for (const { sequence, bytes } of frames) {
      if (size >= STORE_BYTES) {
        parts.push([keys.bytes])
        size = 0
      }
      parts.at(-1)?.push(frameName(sequence), asBuffer(bytes))
      size += bytes.byteLength
    }
    await Promise.all(parts.map(args => runCommand(redis, 'HSET', args, numberFrom)))
  }

  /** One round trip: the bytes go ahead of the script on the same connection. */
  async function storeAndPush(
    frames: readonly OutgoingFrame[],
    said: ReporterAccount | undefined,
  ): Promise<PushResult> {
    const args: Argument[] = [lane, maxBacklogRecords, maxBacklogBytes, LANE_EXPIRY_MS]
    args.push(taken.sequence, taken.frames, taken.records)
    args.push(said?.counters.created ?? 0, said?.service ?? '', said === undefined ? '' : describe(said))
    args.push(own, frames.map(({ sequence, count, bytes }) => `${sequence} ${count} ${bytes.byteLength}`).join(' '))
    for (let stores = 1; ; stores++) {
      const [stored, pushed] = await Promise.allSettled([
        store(frames),
        runScript(redis, pushScript, scriptKeys, args, pushResult),
      ])
      if (pushed.status === 'fulfilled') return pushed.value
      if (stored.status === 'rejected') throw stored.reason
      if (!isNoBytes(pushed.reason) || stores === MAX_STORES) throw pushed.reason
    }
  }

  async function pushInOrder(frames: readonly OutgoingFrame[], said: ReporterAccount | undefined): Promise<PushResult> {
    const last = inDoubt ? await runCommand(redis, 'HGET', [keys.lanes, lane], lastSequence) : taken.sequence
    // The set has lost sight of what it had said it took.
    if (last < taken.sequence) own = nameEnd()
    const fresh = frames.filter(({ sequence }) => sequence > last)
    const known = frames.length - fresh.length
    if (fresh.length === 0) return { accepted: known, duplicates: known, full: false }
    const { accepted, duplicates, full } = await storeAndPush(fresh, said)
    return { accepted: known + accepted, duplicates: known + duplicates, full }
  }

  return {
    partition,
    async push(frames, said) {
      if (pushing) throw new PumphouseError('PH_PUSH_ORDER', `lane ${lane}: push called before the last one ended`)
      checkOrder(lane, frames)
      if (frames.length === 0) return { accepted: 0, duplicates: 0, full: false }
      pushing = true
      try {
        const result = await pushInOrder(frames, said)
        inDoubt = false
        noteTaken(frames.slice(0, result.accepted))
        return result
      } catch (error) {
        inDoubt = true
        throw error
      } finally {
        pushing = false
      }
    },
    async note(said) {
      await runScript(redis, noteScript, laneKeys, [lane, LANE_EXPIRY_MS, said.counters.created, describe(said)])
    },
  }
}

/** Differs between producers of one lane. */
function nameEnd(): string {
  return randomUUID().slice(0, 8)
}

function pushResult(reply: Reply): PushResult {
  const [accepted = 0, duplicates = 0, full] = listFrom(reply).map(countFrom)
  return { accepted, duplicates, full: full === 1 }
}

/** What a lane's account says was taken last; 0 when there is none, when it has no frame yet, and when something else wrote it. */
function lastSequence(reply: Reply): number {
  const account = bytesFrom(reply)
  return (account && laneCounts(account)?.last) ?? 0
}

function isNoBytes(error: unknown): boolean {
  return error instanceof RedisError && error.reply === NO_BYTES
}

function checkOrder(lane: string, frames: readonly OutgoingFrame[]): void {
  let last = 0
  for (const { sequence } of frames) {
    if (!Number.isSafeInteger(sequence) || sequence <= last) {
      throw new PumphouseError('PH_PUSH_ORDER', `lane ${lane}: sequence ${sequence} after ${last}`)
    }
    last = sequence
  }
}

/** The text that the account keeps; producers.ts reads it. What was altered arrived, so it is not a part of it. */
function describe({ service, instance, counters }: ReporterAccount): string {
  const { sampledOut, sampledOutByRoute, dropped, spooled } = counters
  return JSON.stringify({ service, instance, sampledOut, sampledOutByRoute, spooled, dropped })
}

/** The client sends Buffers as bytes and turns anything else into text. A view, not a copy. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
