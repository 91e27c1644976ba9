import { startProxy } from '@pumphouse/testkit'
import type { Redis } from 'ioredis'
import { afterAll, describe, expect, it } from 'vitest'
import { ALL, connected, delivered, frame, NO_COUNTS, packedCounts, scratchSets } from '../test/scratch-set.ts'
import { createProducer } from './producer.ts'
import { RedisError } from './redis-error.ts'

const sets = scratchSets()
afterAll(() => sets.close())

/** The client, each of its commands sent by `through`. */
function sending(redis: Redis, through: (name: string, send: () => Promise<unknown>) => Promise<unknown>): Redis {
  const callBuffer = (name: string, args: string[]) => through(name, () => redis.callBuffer(name, args))
  return new Proxy(redis, {
    get: (target, property) => (property === 'callBuffer' ? callBuffer : Reflect.get(target, property)),
  })
}

describe('push', () => {
  it('adds frames in order, bytes untouched', async ctx => {
    const set = await sets.create(ctx.skip)
    const bytes = new Uint8Array(Array.from({ length: 256 }, (_, i) => i))
    const result = await set.producer().push([{ sequence: 1, count: 3, bytes }, frame(2, 4), frame(7, 1)])
    expect(result).toEqual({ accepted: 3, duplicates: 0, full: false })
    const group = set.group('p', 'c')
    await group.ensure('backlog')
    const read = await group.read(ALL)
    expect(read.map(({ count }) => count)).toEqual([3, 4, 1])
    expect(new Uint8Array(read[0]?.bytes ?? [])).toEqual(bytes)
    expect(await set.status()).toMatchObject({ pushed: 8, frames: 3 })
  })

  it('takes a frame once, however often it is pushed', async ctx => {
    const set = await sets.create(ctx.skip)
    const producer = set.producer()
    await producer.push([frame(1, 2), frame(2, 2)])
    expect(await producer.push([frame(1, 2), frame(2, 2), frame(3, 2)])).toEqual({
      accepted: 3,
      duplicates: 2,
      full: false,
    })
    expect(await set.producer().push([frame(3, 2)])).toEqual({ accepted: 1, duplicates: 1, full: false })
    expect(await set.status()).toMatchObject({ pushed: 6, frames: 3 })
  })

  it('takes a frame once when the reply was lost', async ctx => {
    const set = await sets.create(ctx.skip)
    const proxy = await startProxy(Number(new URL(set.url).port))
    const redis = await connected({ url: `redis://127.0.0.1:${proxy.port}` })
    ctx.onTestFinished(() => proxy.close())
    ctx.onTestFinished(() => redis.disconnect())
    const producer = createProducer(redis, { name: set.name, partitions: 1, lane: 'lane' })
    await producer.push([frame(1, 2)])

    proxy.silence('toClient')
    const lost = producer.push([frame(2, 2)])
    const outcome = expect(lost).rejects.toMatchObject({ code: 'PH_REDIS_AWAY' })
    await expect.poll(async () => (await set.status()).frames).toBe(2)
    proxy.cut()
    await outcome
    proxy.heal()

    await expect.poll(() => redis.status).toBe('ready')
    expect(await producer.push([frame(2, 2), frame(3, 2)])).toEqual({ accepted: 2, duplicates: 1, full: false })
    expect(await set.status()).toMatchObject({ pushed: 6, frames: 3 })
  })

  it('stores no bytes of frames that the set has taken already', async ctx => {
    const set = await sets.create(ctx.skip)
    const group = set.group('p', 'c')
    await group.ensure('backlog')
    await set.producer().push([frame(1, 2), frame(2, 2)])
    await group.settle((await group.read(ALL)).map(delivered))
    await set.push(1)
    expect(await set.trim()).toBe(4)
    // Another process has adopted what the first had not seen answered.
    expect(await set.producer().push([frame(1, 2), frame(2, 2)])).toEqual({ accepted: 2, duplicates: 2, full: false })
    expect(await set.redis.hlen(set.keys.bytes)).toBe(1)
  })

  it('takes nothing for known because of a line in the place of its account that something else wrote', async ctx => {
    const set = await sets.create(ctx.skip)
    const wrong = [
      '999 frames',
      'x'.repeat(100),
      ...NO_COUNTS.map(count => packedCounts(count, 1, 1, 0, 1, 1, 1)),
      packedCounts(9, 9, 9, 0, 9, 9, -1),
    ]
    for (const [i, account] of wrong.entries()) {
      await set.redis.hset(set.keys.lanes, `lane${i}`, account)
      expect(await set.producer(`lane${i}`).push([frame(1, 2)])).toEqual({ accepted: 1, duplicates: 0, full: false })
    }
    expect((await set.status()).pushed).toBe(2 * wrong.length)
  })

  it('stores the bytes again that went before the script came', async ctx => {
    const set = await sets.create(ctx.skip)
    let goesWrong = 1
    // What a trim does that finds the set empty at this very moment.
    const redis = sending(set.redis, (name, send) => {
      if (name === 'EVALSHA' && goesWrong-- > 0) void set.redis.del(set.keys.bytes)
      return send()
    })
    const producer = createProducer(redis, { name: set.name, partitions: 1, lane: 'lane' })
    expect(await producer.push([frame(1, 2), frame(2, 3)])).toEqual({ accepted: 2, duplicates: 0, full: false })
    expect(await set.redis.hlen(set.keys.bytes)).toBe(2)
    goesWrong = 10
    await expect(producer.push([frame(3, 1)])).rejects.toMatchObject({ code: 'PH_REDIS_REPLY', reply: 'NOBYTES' })
    goesWrong = 0
    expect(await producer.push([frame(3, 1)])).toEqual({ accepted: 1, duplicates: 0, full: false })
    expect(await set.status()).toMatchObject({ pushed: 6, frames: 3 })
  })

  it('takes no frame whose bytes could not be stored beside one whose bytes an earlier push had left', async ctx => {
    const set = await sets.create(ctx.skip)
    const refused = new Set<string>()
    const redis = sending(set.redis, (name, send) =>
      refused.delete(name) ? Promise.reject(new Error('OOM no memory')) : send(),
    )
    const producer = createProducer(redis, { name: set.name, partitions: 1, lane: 'lane' })
    refused.add('EVALSHA')
    await expect(producer.push([frame(1, 1)])).rejects.toBeInstanceOf(RedisError)
    refused.add('HSET')
    expect(await producer.push([frame(1, 1), frame(2, 1)])).toEqual({ accepted: 1, duplicates: 0, full: false })
    expect(await producer.push([frame(2, 1)])).toEqual({ accepted: 1, duplicates: 0, full: false })
    expect(await set.redis.hlen(set.keys.bytes)).toBe(2)
    expect((await set.status()).pushed).toBe(2)
  })

  it('takes of a push whose bytes go in parts what comes before a part that was refused, and the rest the next time', async ctx => {
    const set = await sets.create(ctx.skip)
    let stores = 0
    const redis = sending(set.redis, (name, send) =>
      name === 'HSET' && ++stores === 2 ? Promise.reject(new Error('OOM no memory')) : send(),
    )
    const producer = createProducer(redis, { name: set.name, partitions: 1, lane: 'lane' })
    const large = [1, 2, 3].map(sequence => ({ sequence, count: 1, bytes: Buffer.alloc(100_000, sequence) }))
    expect(await producer.push(large)).toEqual({ accepted: 1, duplicates: 0, full: false })
    expect(stores).toBe(3)
    expect(await producer.push(large.slice(1))).toEqual({ accepted: 2, duplicates: 0, full: false })
    expect(await set.status()).toMatchObject({ pushed: 3, frames: 3 })
    expect(await set.redis.hlen(set.keys.bytes)).toBe(3)
  })

  it('keeps both of a frame that a producer brings twice because its lane was forgotten', async ctx => {
    const set = await sets.create(ctx.skip)
    const group = set.group('p', 'c')
    await group.ensure('backlog')
    let loses = false
    const redis = sending(set.redis, async (name, send) => {
      const reply = await send()
      if (loses && name === 'EVALSHA') throw new Error('the reply is lost')
      return reply
    })
    const producer = createProducer(redis, { name: set.name, partitions: 1, lane: 'lane' })
    await producer.push([frame(1, 1)])
    loses = true
    await expect(producer.push([frame(2, 1)])).rejects.toBeInstanceOf(RedisError)
    loses = false
    await set.redis.del(set.keys.lanes, set.keys.lanesSeen)
    await producer.push([frame(2, 1)])
    await group.settle((await group.read({ ...ALL, maxFrames: 2 })).map(delivered))
    await set.trim()
    expect((await group.read(ALL)).map(({ bytes }) => bytes?.length)).toEqual([20])
  })

  it('keeps both of a frame that comes twice, because its lane was forgotten, until each is finished', async ctx => {
    const set = await sets.create(ctx.skip)
    const group = set.group('p', 'c')
    await group.ensure('backlog')
    await set.producer().push([frame(1, 2)])
    await set.redis.del(set.keys.lanes, set.keys.lanesSeen)
    await set.producer().push([frame(1, 2)])
    await group.settle((await group.read({ ...ALL, maxFrames: 1 })).map(delivered))
    expect(await set.trim()).toBe(2)
    expect((await group.read(ALL)).map(({ bytes }) => bytes?.length)).toEqual([20])
  })

  it('keeps lanes apart', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.producer('one').push([frame(1, 1)])
    expect(await set.producer('two').push([frame(1, 1)])).toMatchObject({ duplicates: 0 })
    expect((await set.status()).pushed).toBe(2)
  })

  it('refuses frames in the wrong order and calls that overlap, before anything is sent', async ctx => {
    const set = await sets.create(ctx.skip)
    const producer = set.producer()
    await expect(producer.push([frame(2, 1), frame(1, 1)])).rejects.toMatchObject({ code: 'PH_PUSH_ORDER' })
    await expect(producer.push([frame(0, 1)])).rejects.toMatchObject({ code: 'PH_PUSH_ORDER' })
    const first = producer.push([frame(1, 1)])
    await expect(producer.push([frame(2, 1)])).rejects.toMatchObject({ code: 'PH_PUSH_ORDER' })
    await first
    expect((await set.status()).frames).toBe(1)
  })

  it('spreads lanes over the partitions', async ctx => {
    const set = await sets.create(ctx.skip)
    const producers = ['a', 'b', 'c', 'd'].map(lane => set.producer(lane, { partitions: 4 }))
    for (const producer of producers) await producer.push([frame(1, 1)])
    for (const partition of new Set(producers.map(producer => producer.partition))) {
      expect(await set.redis.xlen(`{${set.name}:${partition}}:frames`)).toBeGreaterThan(0)
    }
    expect(new Set(producers.map(producer => producer.partition)).size).toBeGreaterThan(1)
  })

  it.for(['counters', 'lanes', 'bytes'] as const)(
    'changes nothing when a key has the wrong type: %s',
    async (key, ctx) => {
      const set = await sets.create(ctx.skip)
      await set.redis.set(set.keys[key], 'not a hash')
      const refused = set.producer().push([frame(1, 1)])
      await expect(refused).rejects.toBeInstanceOf(RedisError)
      await expect(refused).rejects.toMatchObject({ code: 'PH_REDIS_REPLY', reply: 'WRONGTYPE' })
      expect(await set.redis.exists(set.keys.frames)).toBe(0)
    },
  )

  it('goes on from the newest entry when the counters were deleted', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.push(5, 6)
    await set.redis.del(set.keys.counters)
    await set.push(7)
    expect((await set.status()).pushed).toBe(18)
  })
})

describe('the backlog cap', () => {
  it('refuses the frame that would exceed it in records, and those behind it', async ctx => {
    const set = await sets.create(ctx.skip)
    const producer = set.producer('lane', { maxBacklogRecords: 10 })
    expect(await producer.push([frame(1, 6), frame(2, 5), frame(3, 1)])).toEqual({
      accepted: 1,
      duplicates: 0,
      full: true,
    })
    expect(await set.redis.hlen(set.keys.bytes)).toBe(1)
    expect(await producer.push([frame(2, 4)])).toEqual({ accepted: 1, duplicates: 0, full: false })
    expect((await set.status()).pushed).toBe(10)
  })

  it('refuses by bytes', async ctx => {
    const set = await sets.create(ctx.skip)
    const producer = set.producer('lane', { maxBacklogBytes: 250 })
    const result = await producer.push([frame(1, 1, 100), frame(2, 1, 100), frame(3, 1, 100)])
    expect(result).toEqual({ accepted: 2, duplicates: 0, full: true })
  })

  it('knows what it has already when it is full', async ctx => {
    const set = await sets.create(ctx.skip)
    const producer = set.producer('lane', { maxBacklogRecords: 5 })
    await producer.push([frame(1, 5)])
    expect(await producer.push([frame(1, 5), frame(2, 1)])).toEqual({ accepted: 1, duplicates: 1, full: true })
  })

  it('takes a frame that is larger than the cap when the backlog is empty', async ctx => {
    const set = await sets.create(ctx.skip)
    const producer = set.producer('lane', { maxBacklogRecords: 5, maxBacklogBytes: 5 })
    expect(await producer.push([frame(1, 100)])).toMatchObject({ accepted: 1, full: false })
    expect(await producer.push([frame(2, 1)])).toMatchObject({ accepted: 0, full: true })
  })

  it('opens again when what is finished was trimmed', async ctx => {
    const set = await sets.create(ctx.skip)
    const producer = set.producer('lane', { maxBacklogRecords: 5, maxBacklogBytes: 60 })
    const group = set.group('p', 'c')
    await group.ensure('backlog')
    await producer.push([frame(1, 3), frame(2, 2)])
    const [first] = await group.read({ ...ALL, maxFrames: 1 })
    await group.settle([{ id: first?.id ?? '', delivered: 3, filtered: 0, deadLettered: 0 }])
    expect(await producer.push([frame(3, 3)])).toMatchObject({ full: true })
    expect(await set.trim()).toBe(3)
    expect(await producer.push([frame(3, 3), frame(4, 1)])).toEqual({ accepted: 1, duplicates: 0, full: true })
  })
})
