import { until } from '@pumphouse/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { ALL, delivered, type ScratchSet, scratchSets } from '../test/scratch-set.ts'
import type { Group } from './group.ts'

const sets = scratchSets()
afterAll(() => sets.close())

/** A set with three frames leased by consumer `one`. */
async function leased(set: ScratchSet): Promise<{ one: Group; ids: string[] }> {
  const one = set.group('p', 'one')
  await one.ensure('backlog')
  await set.push(1, 2, 3)
  return { one, ids: (await one.read(ALL)).map(({ id }) => id) }
}

async function consumers(set: ScratchSet): Promise<string[]> {
  const list = (await set.redis.xinfo('CONSUMERS', set.keys.frames, 'p')) as string[][]
  return list.map(([, name]) => String(name)).sort()
}

/** What a consumer finds once the leases of 1 ms have run out. */
async function takenOver(group: Group) {
  return until('leases run out', async () => {
    const frames = await group.takeOver({ maxFrames: 10 })
    return frames.length > 0 ? frames : undefined
  })
}

describe('a lease', () => {
  it('protects frames from other consumers until it runs out', async ctx => {
    const set = await sets.create(ctx.skip)
    const { ids } = await leased(set)
    expect(await set.group('p', 'two', { leaseMs: 60_000 }).takeOver({ maxFrames: 10 })).toEqual([])
    const frames = await takenOver(set.group('p', 'two', { leaseMs: 1 }))
    expect(frames.map(({ id, count, deliveries }) => [id, count, deliveries])).toEqual(
      ids.map((id, i) => [id, i + 1, 2]),
    )
    expect(frames[0]?.bytes?.length).toBe(20)
    expect(await set.account('p')).toMatchObject({ pending: 6, leasedFrames: 3, holds: true })
  })

  it('is renewed only for who holds it, and says what was lost', async ctx => {
    const set = await sets.create(ctx.skip)
    const { one, ids } = await leased(set)
    const two = set.group('p', 'two', { leaseMs: 1 })
    await until('the lease runs out', async () => (await two.takeOver({ maxFrames: 1 })).length)
    expect(await one.renew([...ids, '1-1'])).toEqual([ids[0], '1-1'])
    expect(await two.renew(ids)).toEqual(ids.slice(1))
  })

  it('lasts while it is renewed', async ctx => {
    const set = await sets.create(ctx.skip)
    const { one, ids } = await leased(set)
    const leaseMs = 200
    const two = set.group('p', 'two', { leaseMs })
    const endAt = performance.now() + 3 * leaseMs
    let looks = 0
    await until('three leases have passed', async () => {
      expect(await one.renew(ids)).toEqual([])
      expect(await two.takeOver({ maxFrames: 10 })).toEqual([])
      looks++
      return performance.now() > endAt
    })
    expect(looks).toBeGreaterThan(3)
    const [owned] = (await set.redis.xpending(set.keys.frames, 'p', '-', '+', 1)) as [[string, string, number, number]]
    expect(owned[3]).toBe(1)
  })

  it('lets a consumer that was frozen neither settle, renew nor release what was taken over', async ctx => {
    const set = await sets.create(ctx.skip)
    const { one, ids } = await leased(set)
    const two = set.group('p', 'two', { leaseMs: 1 })
    const frames = await takenOver(two)
    expect(await one.settle(ids.map(id => delivered({ id, count: 1 })))).toEqual({ settled: [] })
    await one.release(ids)
    expect(await one.renew(ids)).toEqual(ids)
    expect(await set.account('p')).toMatchObject({ delivered: 0, pending: 6, leasedFrames: 3, holds: true })
    expect((await two.settle(frames.map(delivered))).settled).toEqual(ids)
    expect(await set.account('p')).toMatchObject({ delivered: 6, pending: 0, holds: true })
  })

  it('that its own consumer lost sight of comes back to it, except what it works on', async ctx => {
    const set = await sets.create(ctx.skip)
    const { ids } = await leased(set)
    const again = set.group('p', 'one', { leaseMs: 1 })
    const frames = await until('the leases run out', async () => {
      const found = await again.takeOver({ maxFrames: 10, working: [ids[0]!, ids[2]!] })
      return found.length > 0 ? found : undefined
    })
    expect(frames.map(({ id }) => id)).toEqual([ids[1]])
    const held = (await set.redis.xpending(set.keys.frames, 'p', '-', '+', 10)) as [string, string, number, number][]
    expect(held.map(([, , , deliveries]) => deliveries)).toEqual([1, 2, 1])
  })

  it('that a lost reply left with its consumer comes at once and not as another delivery, and nobody else gets it', async ctx => {
    const set = await sets.create(ctx.skip)
    const { one, ids } = await leased(set)
    await set.push(4)
    const other = await set.group('p', 'two').read(ALL)
    const working = [ids[1]!]
    expect(await set.group('p', 'two').takeOver({ maxFrames: 10, working: [other[0]!.id], replyLost: true })).toEqual(
      [],
    )
    expect(await one.takeOver({ maxFrames: 10, working })).toEqual([])
    expect((await one.takeOver({ maxFrames: 1, working, replyLost: true })).map(({ id }) => id)).toEqual([ids[0]])
    await set.redis.xdel(set.keys.frames, ids[0]!)
    const frames = await one.takeOver({ maxFrames: 10, working, replyLost: true })
    expect(frames.map(({ id, count, deliveries }) => [id, count, deliveries])).toEqual([[ids[2], 3, 1]])
    expect(await set.account('p')).toMatchObject({ leasedFrames: 3, vanishedFrames: 1 })
  })

  it('that another took and lost again comes back as a new delivery, even to who still works on the old one', async ctx => {
    const set = await sets.create(ctx.skip)
    const { ids } = await leased(set)
    await takenOver(set.group('p', 'two', { leaseMs: 1 }))
    const frames = await until('the second lease runs out', async () => {
      const found = await set.group('p', 'one', { leaseMs: 1 }).takeOver({ maxFrames: 10, working: ids })
      return found.length > 0 ? found : undefined
    })
    expect(frames.map(({ id, deliveries }) => [id, deliveries])).toEqual(ids.map(id => [id, 3]))
  })

  it('is taken over within bounds of frames and bytes', async ctx => {
    const set = await sets.create(ctx.skip)
    await leased(set)
    const two = set.group('p', 'two', { leaseMs: 1 })
    const one = await until('leases run out', async () => {
      const frames = await two.takeOver({ maxFrames: 10, maxBytes: 25 })
      return frames.length > 0 ? frames : undefined
    })
    expect(one).toHaveLength(2)
    expect(await two.takeOver({ maxFrames: 10, working: one.map(({ id }) => id) })).toHaveLength(1)
  })

  it('on a frame that was deleted by hand ends, is counted, and breaks the law visibly', async ctx => {
    const set = await sets.create(ctx.skip)
    const { ids } = await leased(set)
    await set.redis.xdel(set.keys.frames, ids[1]!)
    const frames = await takenOver(set.group('p', 'two', { leaseMs: 1 }))
    expect(frames.map(({ id }) => id)).toEqual([ids[0], ids[2]])
    expect(await set.account('p')).toMatchObject({ pushed: 6, pending: 4, vanishedFrames: 1, holds: false })
  })
})

describe('release', () => {
  it('frees frames for any consumer at once and takes the delivery back', async ctx => {
    const set = await sets.create(ctx.skip)
    const { one, ids } = await leased(set)
    await one.release(ids.slice(0, 2))
    expect(await set.account('p')).toMatchObject({ pendingFrames: 3, leasedFrames: 1, pending: 6, holds: true })
    expect((await one.settle(ids.map(id => delivered({ id, count: 3 })))).settled).toEqual([ids[2]])
    const frames = await set.group('p', 'two', { leaseMs: 3_600_000 }).takeOver({ maxFrames: 10 })
    expect(frames.map(({ id, deliveries }) => [id, deliveries])).toEqual([
      [ids[0], 1],
      [ids[1], 1],
    ])
  })
})

describe('a consumer', () => {
  it('leaves when it holds nothing, and keeps its name while it does', async ctx => {
    const set = await sets.create(ctx.skip)
    const { one, ids } = await leased(set)
    await one.leave()
    expect(await consumers(set)).toEqual(['one'])
    await one.release(ids)
    await one.leave()
    expect(await consumers(set)).toEqual(['(released)'])
    expect(await set.account('p')).toMatchObject({ pending: 6, holds: true })
  })

  it('that died is forgotten when its frames were taken over', async ctx => {
    const set = await sets.create(ctx.skip)
    await leased(set)
    const two = set.group('p', 'two', { leaseMs: 1 })
    await takenOver(two)
    await until('the name goes', async () => {
      await two.takeOver({ maxFrames: 10 })
      return !(await consumers(set)).includes('one')
    })
    expect(await set.account('p')).toMatchObject({ pending: 6, leasedFrames: 3, holds: true })
  })
})
