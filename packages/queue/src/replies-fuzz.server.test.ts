/**
 * 100,000 altered replies. What Redis answers to each call of the consumer half is written down, then handed back with something in it
 * changed: each call must end as its type says, or in a RedisError, and hold no memory. A failure names the call and the seed.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Redis } from 'ioredis'
import { afterAll, expect, it } from 'vitest'
import { ALL, delivered, type ScratchSet, scratchSets } from '../test/scratch-set.ts'
import { listDeadLetters, settleReplayed } from './dead-letters.ts'
import { createGroup } from './group.ts'
import { keepGroups } from './keep-groups.ts'
import type { LeasedFrame } from './leased-frame.ts'
import { RedisError } from './redis-error.ts'
import type { Reply } from './reply.ts'
import { retain } from './retain.ts'
import type { Settlement } from './settlement.ts'
import { readStatus } from './status.ts'
import { trim } from './trim.ts'

const REPLIES = 100_000
const MIB = 1024 * 1024
/** What a garbage collection leaves may differ by this much from one time to the next. */
const HELD_TOLERANCE = 32 * MIB

const sets = scratchSets()
afterAll(() => sets.close())

/** mulberry32 (T. Ettinger). */
function seededRandom(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const STRANGE: readonly Reply[] = [
  ...[null, -1, 0, 7, 2 ** 53, -(2 ** 53), 1.5, Number.NaN],
  ...[Buffer.alloc(0), Buffer.from('OK'), Buffer.from('1-1'), Buffer.from([0xff, 0, 0x80]), Buffer.alloc(1000, 0x39)],
  ...[[], [[]], [null], [1, 1], [Buffer.from('1-1'), null, 3]],
]

/** A reply with one thing in it changed: replaced, left out, repeated, moved, or with another bit. */
function altered(reply: Reply, random: (below: number) => number): Reply {
  const strange = STRANGE[random(STRANGE.length)] as Reply
  if (Buffer.isBuffer(reply) && reply.length > 0 && random(2) === 0) {
    const copy = Buffer.from(reply)
    const at = random(copy.length)
    copy[at] = (copy[at] as number) ^ (1 << random(8))
    return copy
  }
  if (!Array.isArray(reply) || reply.length === 0 || random(10) === 0) return strange
  const list = [...(reply as readonly Reply[])]
  const at = random(list.length)
  const changes = [
    () => list.splice(at, 1, altered(list[at] as Reply, random)),
    () => list.splice(at, 1, altered(list[at] as Reply, random)),
    () => list.splice(at, 1),
    () => list.splice(at, 0, list[at] as Reply),
    () => list.splice(at, 0, strange),
    () => list.splice(at, 1, list[0] as Reply),
    () => list.splice(at),
  ]
  changes[random(changes.length)]?.()
  return list
}

/** Answers each command of a call with what was written down, one of them altered. */
function answering(replies: readonly Reply[], random: (below: number) => number): Redis {
  const at = random(replies.length)
  let commands = 0
  const callBuffer = async () => {
    const reply = replies[Math.min(commands, replies.length - 1)] ?? null
    return commands++ === at ? altered(reply, random) : reply
  }
  return { callBuffer, disconnect: () => undefined } as unknown as Redis
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const isId = (value: unknown): boolean => typeof value === 'string' && /^(\d+\/)?\d+-\d+$/.test(value)
const areFrames = (frames: readonly LeasedFrame[]): boolean =>
  frames.every(({ id, bytes, count, deliveries }) => {
    return isId(id) && (bytes === undefined || Buffer.isBuffer(bytes)) && isCount(count) && isCount(deliveries)
  })

/** Each call on a given client, and whether what it resolves with is what its type says. */
function calls(set: ScratchSet, leased: readonly LeasedFrame[]) {
  const part = { name: set.name, partition: 0 }
  const whole = { name: set.name, partitions: 1, maxDeadLetters: 100 }
  const group = (redis: Redis) => createGroup(redis, { ...part, pump: 'a', consumer: 'one', leaseMs: 0 })
  const letter: Settlement = { id: '0/1-1', delivered: 1, filtered: 0, deadLettered: 0 }
  return {
    ensure: async (redis: Redis) => typeof (await group(redis).ensure('backlog')).created === 'boolean',
    read: async (redis: Redis) => areFrames(await group(redis).read(ALL)),
    takeOver: async (redis: Redis) => areFrames(await group(redis).takeOver({ maxFrames: 10 })),
    renew: async (redis: Redis) => (await group(redis).renew(leased.map(({ id }) => id))).every(isId),
    settle: async (redis: Redis) => (await group(redis).settle(leased.map(delivered))).settled.every(isId),
    trim: async (redis: Redis) => isCount(await trim(redis, part)),
    retain: async (redis: Redis) =>
      [...(await retain(redis, part, { maxAgeMs: 0, maxRecords: 3 })).values()].every(isCount),
    keepGroups: async (redis: Redis) =>
      (await keepGroups(redis, part, [], 1_000)).every(({ records }) => isCount(records)),
    status: async (redis: Redis) =>
      Object.values((await readStatus(redis, whole)).pumps).every(p => Number.isSafeInteger(p.pending)),
    listDeadLetters: async (redis: Redis) =>
      (await listDeadLetters(redis, whole, {}, 10)).letters.every(({ id }) => isId(id)),
    settleReplayed: async (redis: Redis) => (await settleReplayed(redis, whole, 'a', [letter])).every(isId),
  }
}

function held(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

it('100,000 altered replies end in what was asked for or in an error, and memory stays bounded', async ctx => {
  const set = await sets.create(ctx.skip)
  await set.group('a', 'one').ensure('backlog')
  await set.push(1, 2, 3)
  const leased = await set.group('a', 'one').read(ALL)
  const [first] = leased as [LeasedFrame]
  const refused = { kind: 'record', reason: 'refused', message: 'no', attempts: 1, body: Buffer.from('x') } as const
  await set.group('a', 'one').settle([{ ...delivered(first), delivered: 0, deadLettered: 1, deadLetters: [refused] }])
  await set.push(4, 5)

  const named = Object.entries(calls(set, leased))
  const recorded = new Map<string, Reply[]>()
  for (const [name, call] of named) {
    const replies: Reply[] = []
    const recorder = {
      async callBuffer(...args: Parameters<Redis['callBuffer']>) {
        const reply = (await set.redis.callBuffer(...args)) as Reply
        replies.push(reply)
        return reply
      },
      disconnect: () => undefined,
    }
    expect(await call(recorder as unknown as Redis), name).toBe(true)
    recorded.set(name, replies)
  }

  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const before = held()
  let errors = 0
  for (let seed = 1; seed <= REPLIES; seed++) {
    const [name, call] = named[seed % named.length] as (typeof named)[number]
    const replies = recorded.get(name) as Reply[]
    const redis = answering(replies, seededRandom(seed))
    try {
      if (!(await call(redis))) expect.fail(`${name}, seed ${seed}: what came back is not of its type`)
    } catch (error) {
      if (!(error instanceof RedisError)) expect.fail(`${name}, seed ${seed}: ${String(error)}`)
      errors++
    }
  }
  collect()
  expect(held() - before).toBeLessThan(HELD_TOLERANCE)
  // Most are noticed; what was changed within a text or a number is not, and need not be.
  expect(errors).toBeGreaterThan(REPLIES / 4)
})
