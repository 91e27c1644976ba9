import { startProxy } from '@pumphouse/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { connected, frame, type ScratchSet, scratchSets } from '../test/scratch-set.ts'
import { createProducer, type ReporterAccount } from './producer.ts'
import { type ProducerStatus, readProducers } from './producers.ts'

const sets = scratchSets()
afterAll(() => sets.close())

function says(
  instance: string,
  created: number,
  dropped: Record<string, number> = {},
  sampledOut = 0,
  sampledOutByRoute?: Record<string, number>,
): ReporterAccount {
  const routes = sampledOutByRoute && { sampledOutByRoute }
  const counters = { created, sampledOut, ...routes, dropped, spooled: 0, altered: {} }
  return { service: 'orders', instance, counters }
}

async function producersOf(set: ScratchSet, partitions = 1): Promise<readonly ProducerStatus[]> {
  return (await readProducers(set.redis, { name: set.name, partitions })).producers
}

/** As if the lane had been silent for a long time. */
async function forget(set: ScratchSet, lane: string): Promise<void> {
  await set.redis.zadd(set.keys.lanesSeen, 'XX', 1, lane)
}

describe('the account of producers', () => {
  it('of a set nobody has pushed into is empty', async ctx => {
    const set = await sets.create(ctx.skip)
    expect(await readProducers(set.redis, { name: set.name, partitions: 1 })).toEqual({ producers: [], earlier: [] })
  })

  it('holds what a reporter says of itself beside what was taken from it', async ctx => {
    const set = await sets.create(ctx.skip)
    const producer = set.producer('web-1')
    await producer.push([frame(1, 10)], says('web', 10))
    await producer.push(
      [frame(2, 20), frame(3, 5)],
      says('web', 50, { buffer_full: 9, closed: 1 }, 3, { '/health': 3 }),
    )
    expect(await producersOf(set)).toEqual([
      {
        service: 'orders',
        instance: 'web',
        lanes: 1,
        created: 50,
        sampledOut: 3,
        sampledOutByRoute: { '/health': 3 },
        dropped: { buffer_full: 9, closed: 1 },
        received: 35,
        receivedFrames: 3,
        missingFrames: 0,
        unaccounted: 2,
        silentMs: expect.any(Number),
      },
    ])
  })

  it('counts each number that was skipped, also before the first frame and within one call', async ctx => {
    const set = await sets.create(ctx.skip)
    const producer = set.producer('web-1')
    await producer.push([frame(3, 1), frame(4, 1), frame(6, 1)])
    expect(await producersOf(set)).toMatchObject([{ received: 3, receivedFrames: 3, missingFrames: 3 }])
    await producer.push([frame(16, 1)])
    expect(await producersOf(set)).toMatchObject([{ instance: 'web-1', receivedFrames: 4, missingFrames: 12 }])
  })

  it('takes down what a reporter that is gone had counted last, unless it has heard of more', async ctx => {
    const set = await sets.create(ctx.skip)
    const producer = set.producer('web-1')
    await producer.push([frame(1, 10)], says('web', 10))
    await producer.note(says('web', 25, { spool_full: 4 }))
    await producer.note(says('web', 25, { spool_full: 4 }))
    await producer.note(says('web', 24))
    const now = { created: 25, received: 10, receivedFrames: 1, dropped: { spool_full: 4 }, unaccounted: 11 }
    expect(await producersOf(set)).toMatchObject([now])
    await producer.push([frame(2, 5)], says('web', 15))
    expect(await producersOf(set)).toMatchObject([{ ...now, received: 15, receivedFrames: 2, unaccounted: 6 }])
  })

  it('knows a reporter by its note of which nothing ever came, and no gap before its first frame', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.producer('web-1').note(says('web', 7))
    expect(await producersOf(set)).toMatchObject([{ instance: 'web', created: 7, received: 0, unaccounted: 7 }])
    await set.producer('web-1').push([frame(1, 3)], says('web', 3))
    expect(await producersOf(set)).toMatchObject([{ created: 7, received: 3, missingFrames: 0, unaccounted: 4 }])
  })

  it('lets lanes go that were only ever noted, as it does all that are silent', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.producer('web-1').note(says('web', 7))
    await forget(set, 'web-1')
    await set.producer('web-2').note(says('other', 1))
    expect(await producersOf(set)).toMatchObject([{ instance: 'other' }])
    expect(await set.redis.zcard(set.keys.lanesSeen)).toBe(1)
  })

  it('counts a frame that is pushed again once, and no gap before it', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.producer('web-1').push([frame(1, 2), frame(2, 2)], says('web', 4))
    await set.producer('web-1').push([frame(1, 2), frame(2, 2), frame(3, 2)], says('web', 6))
    await set.producer('web-1').push([frame(3, 2)], says('web', 6))
    expect(await producersOf(set)).toMatchObject([{ received: 6, receivedFrames: 3, missingFrames: 0, unaccounted: 0 }])
  })

  it('is exact when a reply was lost', async ctx => {
    const set = await sets.create(ctx.skip)
    const proxy = await startProxy(Number(new URL(set.url).port))
    const redis = await connected({ url: `redis://127.0.0.1:${proxy.port}` })
    ctx.onTestFinished(() => proxy.close())
    ctx.onTestFinished(() => redis.disconnect())
    const producer = createProducer(redis, { name: set.name, partitions: 1, lane: 'web-1' })
    await producer.push([frame(1, 2)], says('web', 2))

    proxy.silence('toClient')
    const lost = producer.push([frame(2, 2)], says('web', 4))
    const outcome = expect(lost).rejects.toMatchObject({ code: 'PH_REDIS_AWAY' })
    await expect.poll(async () => (await producersOf(set))[0]?.receivedFrames).toBe(2)
    proxy.cut()
    await outcome
    proxy.heal()
    await expect.poll(() => redis.status).toBe('ready')
    await producer.push([frame(2, 2), frame(4, 2)], says('web', 8))
    expect(await producersOf(set)).toMatchObject([{ received: 6, receivedFrames: 3, missingFrames: 1, unaccounted: 2 }])
  })

  it('counts nothing of a frame that the backlog cap refused', async ctx => {
    const set = await sets.create(ctx.skip)
    const producer = set.producer('web-1', { maxBacklogRecords: 10 })
    await producer.push([frame(1, 6), frame(2, 6)], says('web', 12))
    expect(await producersOf(set)).toMatchObject([{ received: 6, receivedFrames: 1, missingFrames: 0, unaccounted: 6 }])
  })

  it('joins the lanes of an instance over the partitions, by the newest counters of any of them', async ctx => {
    const set = await sets.create(ctx.skip)
    const lanes = ['web-1', 'web-2', 'web-3', 'web-4'].map(lane => set.producer(lane, { partitions: 4 }))
    expect(new Set(lanes.map(({ partition }) => partition)).size).toBeGreaterThan(1)
    for (const [i, lane] of lanes.entries()) await lane.push([frame(1, 5)], says('web', 20 - i * 5))
    await set.producer('db-1', { partitions: 4 }).push([frame(1, 1)], says('db', 1))
    expect(await producersOf(set, 4)).toMatchObject([
      { instance: 'db', lanes: 1, received: 1 },
      { instance: 'web', lanes: 4, created: 20, received: 20, unaccounted: 0 },
    ])
  })

  it('keeps the newest counters when somebody else pushes older frames of the lane', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.producer('web-1').push([frame(1, 5)], says('web', 50))
    await set.producer('web-1').push([frame(2, 5)], says('web', 10))
    await set.producer('web-1').push([frame(3, 5)])
    expect(await producersOf(set)).toMatchObject([{ created: 50, received: 15, unaccounted: 35 }])
  })

  it('shows reporters of any name, and one that says nothing by its lane', async ctx => {
    const set = await sets.create(ctx.skip)
    for (const name of ['__proto__', 'a b\nc', 'ü', '100%']) await set.producer(name).push([frame(1, 1)], says(name, 1))
    await set.producer('silent').push([frame(1, 1)])
    const names = (await producersOf(set)).map(({ service, instance }) => `${service}:${instance}`)
    expect(names).toEqual([':silent', 'orders:100%', 'orders:__proto__', 'orders:a b\nc', 'orders:ü'])
  })

  it('changes nothing when one of its keys has the wrong type', async ctx => {
    for (const key of ['lanes', 'lanesSeen', 'earlierLanes'] as const) {
      const set = await sets.create(ctx.skip)
      await set.redis.set(set.keys[key], 'something else')
      await expect(set.producer().push([frame(1, 1)])).rejects.toMatchObject({ reply: 'WRONGTYPE' })
      expect(await set.redis.exists(set.keys.frames, set.keys.counters)).toBe(0)
    }
  })
})

describe('lanes that were silent for more than a day', () => {
  it('are summed up by service when another one begins, and not before', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.producer('old-1').push([frame(2, 5)], says('old', 5))
    await set.producer('old-2').push([frame(1, 7)], says('old', 12))
    await set.producer('other-1').push([frame(1, 1)])
    for (const lane of ['old-1', 'old-2', 'other-1']) await forget(set, lane)
    expect(await producersOf(set)).toHaveLength(2)

    await set.producer('new-1').push([frame(1, 1)], says('new', 1))
    expect(await readProducers(set.redis, { name: set.name, partitions: 1 })).toMatchObject({
      producers: [{ instance: 'new' }],
      earlier: [
        { service: '', lanes: 1, received: 1, receivedFrames: 1, missingFrames: 0 },
        { service: 'orders', lanes: 2, received: 12, receivedFrames: 2, missingFrames: 1 },
      ],
    })
    expect(await set.redis.zcard(set.keys.lanesSeen)).toBe(1)
  })

  it('go on where they were when their producer is still there: no gap, and nothing counts twice', async ctx => {
    const set = await sets.create(ctx.skip)
    const idle = set.producer('idle-1')
    await idle.push([frame(1, 5), frame(2, 5)], says('idle', 10))
    await forget(set, 'idle-1')
    await set.producer('new-1').push([frame(1, 1)], says('new', 1))
    await idle.push([frame(3, 5)], says('idle', 15))
    const { producers, earlier } = await readProducers(set.redis, { name: set.name, partitions: 1 })
    expect(producers).toMatchObject([
      { instance: 'idle', received: 15, receivedFrames: 3, missingFrames: 0, unaccounted: 0 },
      { instance: 'new' },
    ])
    expect(earlier).toMatchObject([{ service: 'orders', lanes: 0, received: 0, receivedFrames: 0 }])
  })

  it('are as many as begin, at most some more: what is kept is bounded', async ctx => {
    const set = await sets.create(ctx.skip)
    for (let i = 0; i < 200; i++) {
      await set.producer(`l${i}`).push([frame(1, 1)], says(`i${i}`, 1))
      await forget(set, `l${i}`)
    }
    expect(await set.redis.hlen(set.keys.lanes)).toBe(1)
    const { earlier } = await readProducers(set.redis, { name: set.name, partitions: 1 })
    expect(earlier).toMatchObject([{ lanes: 199, received: 199 }])
  })

  it('leave nothing that a Redis which lost its data would call a gap of a producer that is still there', async ctx => {
    const set = await sets.create(ctx.skip)
    const producer = set.producer('web-1')
    await producer.push([frame(1, 5), frame(2, 5)], says('web', 10))
    const keys = await set.redis.keys(`{${set.name}:0}:*`)
    await set.redis.del(keys)
    await producer.push([frame(3, 5)], says('web', 15))
    expect(await producersOf(set)).toMatchObject([{ received: 15, missingFrames: 0, unaccounted: 0 }])
  })
})
