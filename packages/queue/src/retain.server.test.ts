import { until } from '@pumphouse/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { ALL, delivered, frame, type ScratchSet, scratchSets } from '../test/scratch-set.ts'
import { retain } from './retain.ts'

const sets = scratchSets()
afterAll(() => sets.close())

const NO_LIMIT = { maxAgeMs: 0, maxRecords: 0 }
const keep = async (set: ScratchSet, limits: Partial<typeof NO_LIMIT>) =>
  Object.fromEntries(await retain(set.redis, { name: set.name, partition: 0 }, { ...NO_LIMIT, ...limits }))

describe('retain', () => {
  it('removes the oldest beyond a number of records, and counts for each pump what it had not settled', async ctx => {
    const set = await sets.create(ctx.skip)
    const [fast, slow, idle] = ['fast', 'slow', 'idle'].map(pump => set.group(pump, 'c'))
    for (const group of [fast!, slow!, idle!]) await group.ensure('backlog')
    await set.push(1, 2, 4, 8)
    await fast!.settle((await fast!.read(ALL)).map(delivered))
    const [first, second] = await slow!.read({ ...ALL, maxFrames: 2 })
    await slow!.settle([delivered(first!)])
    expect(await keep(set, { maxRecords: 12 })).toEqual({ slow: 2, idle: 3 })
    expect(await set.account('fast')).toMatchObject({ delivered: 15, removed: 0, pending: 0, holds: true })
    expect(await set.account('slow')).toMatchObject({
      delivered: 1,
      removed: 2,
      pending: 12,
      leasedFrames: 0,
      holds: true,
    })
    expect(await set.account('idle')).toMatchObject({ delivered: 0, removed: 3, pending: 12, holds: true })
    expect(await set.status()).toMatchObject({ pushed: 15, frames: 2 })

    // Whoever still works on a removed one can neither settle it nor hold it.
    expect(await slow!.renew([second!.id])).toEqual([second!.id])
    expect(await slow!.settle([delivered(second!)])).toEqual({ settled: [] })
    expect(await slow!.takeOver(ALL)).toEqual([])
    expect((await slow!.read(ALL)).map(({ count }) => count)).toEqual([4, 8])
    expect(await set.account('slow')).toMatchObject({ removed: 2, pending: 12, vanishedFrames: 0, holds: true })
    expect(await keep(set, { maxRecords: 12 })).toEqual({})
  })

  it('removes what is older than an age by the clock of Redis', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.group('p', 'c').ensure('backlog')
    await set.push(3)
    await until('it is old', async () => ((await set.account('p')).oldestMs ?? 0) > 50)
    await set.push(4)
    expect(await keep(set, { maxAgeMs: 3_600_000 })).toEqual({})
    expect(await keep(set, { maxAgeMs: 50 })).toEqual({ p: 3 })
    expect(await set.account('p')).toMatchObject({ pushed: 7, removed: 3, pending: 4, holds: true })
  })

  it('may remove everything, and what comes after is counted on from there', async ctx => {
    const set = await sets.create(ctx.skip)
    const group = set.group('p', 'c')
    await group.ensure('backlog')
    await set.push(5, 6)
    await until('all is old', async () => Object.keys(await keep(set, { maxAgeMs: 1 })).length > 0)
    await set.push(7)
    await set.group('late', 'c').ensure('backlog')
    expect(await set.account('p')).toMatchObject({ pushed: 18, removed: 11, pending: 7, holds: true })
    expect(await set.account('late')).toMatchObject({ pushed: 7, removed: 0, pending: 7, holds: true })
    expect(await set.trim()).toBe(0)
  })

  it('makes room under the backlog cap', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.group('p', 'c').ensure('backlog')
    const producer = set.producer('lane', { maxBacklogRecords: 10 })
    expect(await producer.push([frame(1, 6), frame(2, 6)])).toMatchObject({ accepted: 1, full: true })
    await keep(set, { maxRecords: 5 })
    expect(await producer.push([frame(2, 6)])).toMatchObject({ accepted: 1, full: false })
  })

  it('works in steps when there is much to remove, and without any group', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.producer().push(Array.from({ length: 1000 }, (_, i) => frame(i + 1, 2)))
    await set.group('now', 'c').ensure('now')
    expect(await keep(set, { maxRecords: 101 })).toEqual({})
    expect(await set.status()).toMatchObject({ frames: 50 })
    expect(await set.account('now')).toMatchObject({ pushed: 0, pending: 0, holds: true })
  })

  it('works when Redis has no memory left', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.group('p', 'c').ensure('backlog')
    await set.push(2, 2)
    await set.redis.config('SET', 'maxmemory', '1')
    try {
      expect(await keep(set, { maxRecords: 2 })).toEqual({ p: 2 })
    } finally {
      await set.redis.config('SET', 'maxmemory', '0')
    }
    expect(await set.account('p')).toMatchObject({ removed: 2, pending: 2, holds: true })
  })
})
