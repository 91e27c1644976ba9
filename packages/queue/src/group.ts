/**
 * One pump's half of one partition. An entry goes through these states, all kept by Redis in the group's pending list:
 *
 *   unread → (read) leased → (settle) settled
 *                   leased → (lease runs out, takeOver by any consumer) leased, one delivery more
 *                   leased → (release) free → (takeOver) leased, no delivery more
 *
 * Only the consumer an entry is leased to may renew, settle or release it; scripts check that, so a process that was
 * frozen while another took its entries over changes nothing when it wakes.
 */
import type { Redis } from 'ioredis'
import { partitionKeys } from './keys.ts'
import { fetchBytes, type LeasedEntry, type LeasedFrame, leasedEntries } from './leased-frame.ts'
import { ensureGroupScript } from './lua/ensure-group.ts'
import { leaveScript } from './lua/leave.ts'
import { NO_ACCOUNT, readScript } from './lua/read.ts'
import { releaseScript } from './lua/release.ts'
import { renewScript } from './lua/renew.ts'
import { settleScript } from './lua/settle.ts'
import { takeOverScript } from './lua/take-over.ts'
import { RedisError } from './redis-error.ts'
import { idsFrom, listFrom, numberFrom, type Reply } from './reply.ts'
import { type Argument, runScript, type Script } from './run-script.ts'
import { type Settlement, type SettleResult, settleArgs, settleCalls } from './settlement.ts'

/** Whose half of which partition. */
export interface GroupOptions {
  /** Name of the analytics set. */
  readonly name: string
  readonly partition: number
  /** The pump: the group's name. */
  readonly pump: string
  /** Unique per daemon process. */
  readonly consumer: string
  /** Default 60000. A lease not renewed for so long may be taken over by another consumer. */
  readonly leaseMs?: number
  /** Dead letters kept per partition. Default 100000; the oldest go first and are counted. */
  readonly maxDeadLetters?: number
  /** Something of this pump had vanished from Redis and was made anew. What was pushed before and is not pending is out of sight. */
  readonly onRecreated?: (recreated: Recreated) => void
}

/** What had vanished, and with how much its account begins. */
export interface Recreated {
  /**
   * group: Redis was emptied, or somebody destroyed it; it begins with the oldest entry there is, also with what was leased. account: somebody
   * deleted the counters; the group and its leases are as they were.
   */
  readonly what: 'group' | 'account'
  /** Records. */
  readonly pending: number
}

/** One pump's half of one partition. Every call throws RedisError; a missing group or account is made again and said by `onRecreated`. */
export interface Group {
  /**
   * Creates the group if it is new. `backlog` = from the oldest entry there is. An account that was deleted is made again and said by
   * `onRecreated`. `pending`: the records with which what was made begins, 0 when all was there.
   */
  ensure(startAt: 'backlog' | 'now'): Promise<{ created: boolean; pending: number }>
  /** New entries, at most maxFrames, and no further one once maxBytes is reached: together they exceed it by less than the last one. */
  read(limits: { maxFrames: number; maxBytes: number }): Promise<LeasedFrame[]>
  /**
   * Entries whose lease ran out or that were released, now leased to this consumer with `deliveries` counted up, bounded as in read
   * (maxBytes: default 16 MiB). Its own are among them (a reply that was lost left them behind), except those named in `working`, which
   * the caller still works on: their lease is renewed instead. With `replyLost` the others of its own come at once, whatever is left of their
   * lease, and not counted as delivered once more.
   */
  takeOver(limits: {
    maxFrames: number
    maxBytes?: number
    working?: readonly string[]
    replyLost?: boolean
  }): Promise<LeasedFrame[]>
  /** Renews the lease of entries this consumer still holds; returns the ids it no longer holds. */
  renew(ids: readonly string[]): Promise<string[]>
  /** Acks, dead-letters and counts, atomically for each frame. Idempotent: an id counts only for the call that acks it. */
  settle(settlements: readonly Settlement[]): Promise<SettleResult>
  /** Gives entries up so that any consumer may take them over at once, without counting the delivery. */
  release(ids: readonly string[]): Promise<void>
  /** Removes this consumer's name when it holds nothing. */
  leave(): Promise<void>
}

const DEFAULT_LEASE_MS = 60_000
const DEFAULT_MAX_DEAD_LETTERS = 100_000
/** Two of the largest frames there are: a take-over is rare and need not be large. */
const DEFAULT_TAKE_OVER_BYTES = 16 * 1024 * 1024
/** Ids of one script call: short enough that Redis serves others in between. */
const MAX_IDS_PER_CALL = 128

/** One pump's half of one partition. Creates nothing in Redis before the first call. */
export function createGroup(redis: Redis, options: GroupOptions): Group {
  const { pump, consumer, leaseMs = DEFAULT_LEASE_MS, maxDeadLetters = DEFAULT_MAX_DEAD_LETTERS } = options
  const keys = partitionKeys(options.name, options.partition)

  const ensure = async (startAt: 'backlog' | 'now'): Promise<{ created: boolean; pending: number }> => {
    const scriptKeys = [keys.frames, keys.counters, keys.dead, keys.bytes]
    const { made, pending } = await runScript(redis, ensureGroupScript, scriptKeys, [pump, startAt], ensured)
    if (made === 'account') options.onRecreated?.({ what: made, pending })
    return { created: made === 'group', pending }
  }
  /** Runs a script; when the group or its account is gone, makes it and runs the script again. */
  const onGroup = async <T = Reply>(
    script: Script,
    scriptKeys: string[],
    args: Argument[],
    read?: (reply: Reply) => T,
  ): Promise<T> => {
    try {
      return await runScript(redis, script, scriptKeys, args, read)
    } catch (error) {
      if (!isNoGroup(error) && !isNoAccount(error)) throw error
    }
    const { created, pending } = await ensure('backlog')
    if (created) options.onRecreated?.({ what: 'group', pending })
    return runScript(redis, script, scriptKeys, args, read)
  }
  /** Runs a script that leases entries, and fetches their bytes. */
  const lease = async (
    script: Script,
    args: Argument[],
    read: (reply: Reply) => LeasedEntry[],
  ): Promise<LeasedFrame[]> => {
    const entries = await onGroup(script, [keys.frames, keys.counters, keys.bytes], args, read)
    return fetchBytes(redis, keys.bytes, entries)
  }

  return {
    ensure,
    async read({ maxFrames, maxBytes }) {
      const args = [pump, consumer, maxFrames, maxBytes]
      return lease(readScript, args, reply => leasedEntries(reply, false))
    },
    async takeOver({ maxFrames, maxBytes = DEFAULT_TAKE_OVER_BYTES, working = [], replyLost = false }) {
      const args = [pump, consumer, leaseMs, maxFrames, maxBytes, replyLost ? 1 : 0, ...working]
      return lease(takeOverScript, args, reply => leasedEntries(reply, true))
    },
    async renew(ids) {
      const lost: string[] = []
      for (const some of chunks(ids)) {
        lost.push(...(await onGroup(renewScript, [keys.frames], [pump, consumer, ...some], idsFrom)))
      }
      return lost
    },
    async settle(settlements) {
      const settled: string[] = []
      for (const call of settleCalls(settlements)) {
        const args = [pump, consumer, maxDeadLetters, ...settleArgs(call)]
        settled.push(...(await onGroup(settleScript, [keys.frames, keys.counters, keys.dead], args, idsFrom)))
      }
      return { settled }
    },
    async release(ids) {
      for (const some of chunks(ids)) await onGroup(releaseScript, [keys.frames], [pump, consumer, ...some])
    },
    async leave() {
      try {
        await runScript(redis, leaveScript, [keys.frames], [pump, consumer])
      } catch (error) {
        // Nothing to leave.
        if (!isNoGroup(error)) throw error
      }
    },
  }
}

function isNoGroup(error: unknown): boolean {
  return error instanceof RedisError && error.reply === 'NOGROUP'
}

function isNoAccount(error: unknown): boolean {
  return error instanceof RedisError && error.reply === NO_ACCOUNT
}

/** What the script made, if anything, and the records that were pending then. */
function ensured(reply: Reply): { made: 'group' | 'account' | undefined; pending: number } {
  const [made, pending] = listFrom(reply).map(numberFrom)
  return { made: made === 0 ? undefined : made === 1 ? 'group' : 'account', pending: pending ?? 0 }
}

function* chunks(ids: readonly string[]): Generator<readonly string[]> {
  for (let i = 0; i < ids.length; i += MAX_IDS_PER_CALL) yield ids.slice(i, i + MAX_IDS_PER_CALL)
}
