import { afterAll, describe, expect, it } from 'vitest'
import { ALL, delivered, frame, NO_COUNTS, packedCounts, scratchSets } from '../test/scratch-set.ts'
import type { Recreated } from './group.ts'

const sets = scratchSets()
afterAll(() => sets.close())

describe('read', () => {
  it('gives each consumer of a group its own frames, each frame once', async ctx => {
    const set = await sets.create(ctx.skip)
    const [one, two] = [set.group('p', 'one'), set.group('p', 'two')]
    await one.ensure('backlog')
    await set.push(...Array.from({ length: 50 }, () => 1))
    const ids: string[] = []
    for (let turn = 0; ids.length < 50; turn++) {
      const read = await (turn % 2 === 0 ? one : two).read({ ...ALL, maxFrames: 3 })
      ids.push(...read.map(({ id }) => id))
    }
    expect(new Set(ids).size).toBe(50)
    expect(await one.read(ALL)).toEqual([])
  })

  it('gives every pump every frame', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.push(1, 2, 3)
    for (const pump of ['a', 'b']) {
      const group = set.group(pump, 'c')
      await group.ensure('backlog')
      expect((await group.read(ALL)).map(({ count, deliveries }) => [count, deliveries])).toEqual([
        [1, 1],
        [2, 1],
        [3, 1],
      ])
    }
  })

  it('reads at most maxFrames', async ctx => {
    const set = await sets.create(ctx.skip)
    const group = set.group('p', 'c')
    await group.ensure('backlog')
    await set.push(...Array.from({ length: 100 }, () => 1))
    const sizes: number[] = []
    for (const maxFrames of [1, 7, 64, 100]) sizes.push((await group.read({ ...ALL, maxFrames })).length)
    expect(sizes).toEqual([1, 7, 64, 28])
  })

  it('stops at the frame that reaches maxBytes, whatever came before', async ctx => {
    const set = await sets.create(ctx.skip)
    const group = set.group('p', 'c')
    await group.ensure('backlog')
    const producer = set.producer()
    const sizes = [10, 10, 10, 5000, 10, 700, 10, 10, 300, 10, 5000, 10, 10, 10, 10]
    await producer.push(sizes.map((size, i) => frame(i + 1, 1, size)))
    for (let read = 0; read < sizes.length; ) {
      const frames = await group.read({ maxFrames: 100, maxBytes: 1000 })
      const bytes = frames.map(({ bytes: { length } = new Uint8Array() }) => length)
      const total = bytes.reduce((sum, length) => sum + length, 0)
      // All but the last fit below the bound, and the next one is left only because the bound was reached.
      expect(total - (bytes.at(-1) ?? 0)).toBeLessThan(1000)
      expect(bytes).toEqual(sizes.slice(read, read + bytes.length))
      read += bytes.length
      if (read < sizes.length) expect(total).toBeGreaterThanOrEqual(1000)
    }
  })

  it('starts a new pump at the backlog or at now, as it is told', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.push(1, 1)
    const [all, fresh] = [set.group('all', 'c'), set.group('fresh', 'c')]
    expect(await all.ensure('backlog')).toMatchObject({ created: true })
    expect(await fresh.ensure('now')).toMatchObject({ created: true })
    expect(await fresh.ensure('backlog')).toMatchObject({ created: false })
    await set.push(1)
    expect(await all.read(ALL)).toHaveLength(3)
    expect(await fresh.read(ALL)).toHaveLength(1)
    expect(await set.account('all')).toMatchObject({ pushed: 3, pending: 3, holds: true })
    expect(await set.account('fresh')).toMatchObject({ pushed: 1, pending: 1, holds: true })
  })

  it('hands out what a stranger wrote, without bytes or records, and keeps the account', async ctx => {
    const set = await sets.create(ctx.skip)
    const group = set.group('p', 'c')
    await group.ensure('backlog')
    await set.redis.xadd(set.keys.frames, '*', 'hello', 'world')
    await set.push(2)
    await set.redis.xadd(set.keys.frames, '*', 'f', 'bytes', 'n', '12')
    await set.redis.xadd(set.keys.frames, '*', 'n', 'nan', 'c', '1 2 x')
    await set.push(3)
    expect(await set.account('p')).toMatchObject({ pending: 5, holds: true })
    const frames = await group.read(ALL)
    expect(frames.map(({ count }) => count)).toEqual([0, 2, 0, 0, 3])
    expect(frames.map(({ bytes }) => bytes?.length)).toEqual([undefined, 20, 5, undefined, 20])
    expect(await set.account('p')).toMatchObject({ pending: 5, leasedFrames: 5, holds: true })
    await group.settle(frames.map(delivered))
    expect(await set.account('p')).toMatchObject({ delivered: 5, pending: 0, holds: true })
    expect(await set.trim()).toBe(5)
    expect((await set.status()).frames).toBe(0)
  })

  it.for(NO_COUNTS)('takes terms of a stranger for none that are packed and say %d', async (wrong, ctx) => {
    const set = await sets.create(ctx.skip)
    const group = set.group('p', 'c')
    await group.ensure('backlog')
    await set.push(2)
    for (let at = 0; at < 5; at++) {
      await set.redis.xadd(set.keys.frames, '*', 'c', packedCounts(...[1, 1, 1, 1, 1].with(at, wrong)))
    }
    await set.push(3)
    const frames = await group.read(ALL)
    expect(frames.map(({ count }) => count)).toEqual([2, 0, 0, 0, 0, 0, 3])
    await group.settle(frames.map(delivered))
    expect(await set.account('p')).toMatchObject({ delivered: 5, pending: 0, holds: true })
  })

  it.for(NO_COUNTS)('goes on from the newest entry where something else wrote totals of %d', async (wrong, ctx) => {
    const set = await sets.create(ctx.skip)
    await set.group('p', 'c').ensure('backlog')
    await set.push(2)
    await set.redis.hset(set.keys.counters, 'totals', packedCounts(1, wrong, 1))
    await set.push(3)
    expect(await set.account('p')).toMatchObject({ pending: 5, holds: true })
    expect((await set.status()).pushed).toBe(5)
  })

  it('creates a group that vanished again from the backlog, with a new account, and says so once', async ctx => {
    const set = await sets.create(ctx.skip)
    const recreated: Recreated[] = []
    const group = set.group('p', 'c', { onRecreated: what => recreated.push(what) })
    await group.ensure('backlog')
    await set.push(1, 2)
    const [first] = await group.read({ ...ALL, maxFrames: 1 })
    await group.settle([delivered(first!)])
    await set.redis.xgroup('DESTROY', set.keys.frames, 'p')
    expect((await group.read(ALL)).map(({ count }) => count)).toEqual([1, 2])
    expect(recreated).toEqual([{ what: 'group', pending: 3 }])
    expect(await set.account('p')).toMatchObject({ pushed: 3, delivered: 0, pending: 3, holds: true })
  })

  it('goes on when Redis was emptied, whichever call finds out', async ctx => {
    const set = await sets.create(ctx.skip)
    let recreated = 0
    const calls = [
      () => set.group('p', 'c', { onRecreated: () => recreated++ }).read(ALL),
      () => set.group('p', 'c', { onRecreated: () => recreated++ }).takeOver({ maxFrames: 1 }),
      () => set.group('p', 'c', { onRecreated: () => recreated++ }).settle([delivered({ id: '1-1', count: 1 })]),
      () => set.group('p', 'c', { onRecreated: () => recreated++ }).release(['1-1']),
    ]
    for (const call of calls) {
      await set.redis.del(set.keys.frames, set.keys.counters)
      await call()
    }
    await set.redis.del(set.keys.frames, set.keys.counters)
    expect(await set.group('p', 'c', { onRecreated: () => recreated++ }).renew(['1-1'])).toEqual(['1-1'])
    expect(recreated).toBe(5)
    await set.redis.del(set.keys.frames)
    await set.group('p', 'c').leave()
    expect(await set.redis.exists(set.keys.frames)).toBe(0)
  })
})
