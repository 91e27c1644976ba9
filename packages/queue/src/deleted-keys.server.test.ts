/** Keys of the set that somebody deletes by hand while a pump works: the law holds again, and what was lost sight of is said. */
import { afterAll, describe, expect, it } from 'vitest'
import { ALL, delivered, frame, type ScratchSet, scratchSets } from '../test/scratch-set.ts'
import { dropDeadLetters } from './dead-letters.ts'
import type { Recreated } from './group.ts'
import { keepGroups } from './keep-groups.ts'
import { readProducers } from './producers.ts'

const sets = scratchSets()
afterAll(() => sets.close())

/** Where the account of a lane says when it was seen last: behind five counts of eight bytes. */
const SEEN_AT = 40

/** Three of five frames are read and the first of them settled: 1 settled, 2 and 4 leased, 8 and 16 unread. */
async function halfSettled(set: ScratchSet) {
  const said: Recreated[] = []
  const group = set.group('p', 'c', { onRecreated: recreated => said.push(recreated) })
  await group.ensure('backlog')
  await set.push(1, 2, 4, 8, 16)
  const [first, ...leased] = await group.read({ ...ALL, maxFrames: 3 })
  await group.settle([delivered(first!)])
  return { group, leased, said }
}

describe('the counters, deleted by hand,', () => {
  it('are shown as they will be rebuilt: with what is pending, leased and unread', async ctx => {
    const set = await sets.create(ctx.skip)
    await halfSettled(set)
    await set.redis.del(set.keys.counters)
    expect((await set.status()).pushed).toBe(31)
    expect(await set.account('p')).toMatchObject({
      pushed: 30,
      delivered: 0,
      pending: 30,
      sinceRebuiltMs: 0,
      holds: true,
    })
  })

  it('are rebuilt by the settlement of what was leased before, which counts', async ctx => {
    const set = await sets.create(ctx.skip)
    const { group, leased, said } = await halfSettled(set)
    await set.redis.del(set.keys.counters)
    expect((await group.settle(leased.map(delivered))).settled).toHaveLength(2)
    expect(said).toEqual([{ what: 'account', pending: 30 }])
    expect(await set.account('p')).toMatchObject({ pushed: 30, delivered: 6, pending: 24, holds: true })
  })

  it('are rebuilt by a read, also after a push, and everything is counted that comes', async ctx => {
    const set = await sets.create(ctx.skip)
    const { group, leased, said } = await halfSettled(set)
    await set.redis.del(set.keys.counters)
    await set.push(32)
    expect(await set.account('p')).toMatchObject({ pushed: 62, pending: 62, holds: true })
    const rest = await group.read(ALL)
    expect(said).toEqual([{ what: 'account', pending: 62 }])
    await group.settle([...leased, ...rest].map(delivered))
    const account = await set.account('p')
    expect(account).toMatchObject({ pushed: 62, delivered: 62, pending: 0, holds: true })
    expect(account.sinceRebuiltMs).toBeGreaterThanOrEqual(0)
  })

  it('are rebuilt when a daemon begins, and that is said', async ctx => {
    const set = await sets.create(ctx.skip)
    const { group, said } = await halfSettled(set)
    await set.redis.del(set.keys.counters)
    expect(await group.ensure('backlog')).toMatchObject({ created: false })
    expect(said).toEqual([{ what: 'account', pending: 30 }])
    expect(await group.ensure('backlog')).toMatchObject({ created: false })
    expect(said).toHaveLength(1)
  })

  it('go on from the trim that finds them gone, though it empties the stream', async ctx => {
    const set = await sets.create(ctx.skip)
    const group = set.group('p', 'c')
    await group.ensure('backlog')
    await set.push(1, 2)
    await group.settle((await group.read(ALL)).map(delivered))
    await set.redis.del(set.keys.counters)
    expect(await set.trim()).toBe(3)
    await set.push(4)
    expect(await set.status()).toMatchObject({ pushed: 7, pumps: { p: { pushed: 4, pending: 4, holds: true } } })
  })

  it('begin at nothing where the stream is empty too', async ctx => {
    const set = await sets.create(ctx.skip)
    const group = set.group('p', 'c')
    await group.ensure('backlog')
    await set.push(1, 2)
    await group.settle((await group.read(ALL)).map(delivered))
    await set.trim()
    await set.redis.del(set.keys.counters)
    expect(await set.account('p')).toMatchObject({ pushed: 0, pending: 0, holds: true })
    await set.push(4)
    await group.settle((await group.read(ALL)).map(delivered))
    expect(await set.account('p')).toMatchObject({ pushed: 4, delivered: 4, pending: 0, holds: true })
  })

  it('leave the backlog cap where it was', async ctx => {
    const set = await sets.create(ctx.skip)
    const group = set.group('p', 'c')
    await group.ensure('backlog')
    await set.push(4, 3)
    await group.settle((await group.read({ ...ALL, maxFrames: 1 })).map(delivered))
    await set.trim()
    await set.redis.del(set.keys.counters)
    const producer = set.producer('lane', { maxBacklogRecords: 5 })
    expect(await producer.push([frame(1, 2)])).toMatchObject({ accepted: 1, full: false })
    expect(await producer.push([frame(2, 1)])).toMatchObject({ accepted: 0, full: true })
  })

  it('let go of a share by what was pending', async ctx => {
    const set = await sets.create(ctx.skip)
    await halfSettled(set)
    await set.redis.del(set.keys.counters)
    const keep = () => keepGroups(set.redis, { name: set.name, partition: 0 }, [], 1)
    await expect.poll(async () => (await keep())[0]).toMatchObject({ dropped: true, records: 30 })
    expect((await set.status()).letGo).toBe(30)
  })
})

describe('dead letters, deleted by hand,', () => {
  const letter = { reason: 'r', message: 'm', attempts: 1, kind: 'record', body: new Uint8Array(1) } as const

  /** As many letters as are named, of a frame each time. */
  async function bury(set: ScratchSet, ...frames: readonly number[]): Promise<void> {
    const group = set.group('p', 'c')
    await group.ensure('backlog')
    for (const count of frames) {
      await set.push(count)
      const [leased] = await group.read(ALL)
      const deadLetters = Array.from({ length: count }, () => letter)
      await group.settle([{ id: leased!.id, delivered: 0, filtered: 0, deadLettered: count, deadLetters }])
    }
  }

  it('are counted as vanished, one by one and all at once, and those that come later are not', async ctx => {
    const set = await sets.create(ctx.skip)
    await bury(set, 4)
    expect(await set.status()).toMatchObject({ deadLetters: 4, deadLettersVanished: 0 })
    const [[id] = ['']] = await set.redis.xrange(set.keys.dead, '-', '+')
    await set.redis.xdel(set.keys.dead, id)
    expect(await set.status()).toMatchObject({ deadLetters: 3, deadLettersVanished: 1 })
    await set.redis.del(set.keys.dead)
    expect(await set.status()).toMatchObject({ deadLetters: 0, deadLettersVanished: 4 })
    await bury(set, 2)
    expect(await set.status()).toMatchObject({ deadLetters: 2, deadLettersVanished: 4 })
    expect(await set.account('p')).toMatchObject({ pushed: 6, deadLettered: 6, holds: true })
  })

  it('are not mixed with those that are dropped on purpose', async ctx => {
    const set = await sets.create(ctx.skip)
    await bury(set, 3)
    const ids = (await set.redis.xrange(set.keys.dead, '-', '+')).map(([id]) => id)
    await set.redis.xdel(set.keys.dead, ids[0]!)
    await dropDeadLetters(set.redis, { name: set.name, partitions: 1 }, [`0/${ids[0]}`, `0/${ids[1]}`])
    expect(await set.status()).toMatchObject({ deadLetters: 1, deadLettersDropped: 1, deadLettersVanished: 1 })
  })

  it('are counted from the next letter on where the counters know nothing of letters, and letters that are put back are not missing', async ctx => {
    const set = await sets.create(ctx.skip)
    await bury(set, 3)
    await set.redis.hdel(set.keys.counters, 'deadLettersHeld')
    const kept = await set.redis.dumpBuffer(set.keys.dead)
    await set.redis.del(set.keys.dead)
    expect(await set.status()).toMatchObject({ deadLetters: 0, deadLettersVanished: 0 })
    await set.redis.restore(set.keys.dead, 0, kept)
    await bury(set, 1)
    expect(await set.status()).toMatchObject({ deadLetters: 4, deadLettersVanished: 0 })
    const all = await set.redis.dumpBuffer(set.keys.dead)
    await set.redis.del(set.keys.dead)
    expect(await set.status()).toMatchObject({ deadLetters: 0, deadLettersVanished: 4 })
    await set.redis.restore(set.keys.dead, 0, all)
    expect(await set.status()).toMatchObject({ deadLetters: 4, deadLettersVanished: 0 })
  })
})

describe('another key, deleted by hand,', () => {
  const others = ['dead', 'bytes', 'lanes', 'lanesSeen', 'earlierLanes'] as const
  it.for(others)('leaves every account of a pump as it is: %s', async (key, ctx) => {
    const set = await sets.create(ctx.skip)
    const { group, leased, said } = await halfSettled(set)
    const letter = { reason: 'r', message: 'm', attempts: 1, kind: 'record', body: new Uint8Array(1) } as const
    const refused = { ...delivered(leased[0]!), delivered: 1, deadLettered: 1, deadLetters: [letter] }
    await group.settle([refused])
    await set.redis.del(set.keys[key])
    await set.push(32)
    await group.settle([delivered(leased[1]!), ...(await group.read(ALL)).map(delivered)])
    const account = await set.account('p')
    expect(account).toMatchObject({ pushed: 63, delivered: 62, deadLettered: 1, pending: 0, holds: true })
    expect([said, account.sinceRebuiltMs]).toEqual([[], undefined])
  })

  it('leaves entries that are handed out without bytes and counted as ever: the bytes', async ctx => {
    const set = await sets.create(ctx.skip)
    const { group } = await halfSettled(set)
    await set.redis.del(set.keys.bytes)
    await set.push(32)
    const rest = await group.read(ALL)
    expect(rest.map(({ count, bytes }) => [count, bytes?.length])).toEqual([
      [8, undefined],
      [16, undefined],
      [32, 20],
    ])
  })

  it('leaves no bytes behind when a group is made again: the stream', async ctx => {
    const set = await sets.create(ctx.skip)
    const { group } = await halfSettled(set)
    await set.redis.del(set.keys.frames)
    expect(await group.read(ALL)).toEqual([])
    expect(await set.redis.exists(set.keys.bytes)).toBe(0)
  })

  it('takes what it held with it and makes no false gap: the lane of a producer that goes on', async ctx => {
    const set = await sets.create(ctx.skip)
    const producer = set.producer('web-1')
    await producer.push([frame(1, 5), frame(2, 5)])
    await set.redis.del(set.keys.lanes, set.keys.lanesSeen, set.keys.earlierLanes)
    await producer.push([frame(2, 5), frame(3, 5)])
    const { producers } = await readProducers(set.redis, { name: set.name, partitions: 1 })
    expect(producers).toMatchObject([{ received: 15, receivedFrames: 3, missingFrames: 0 }])
    expect((await set.status()).pushed).toBe(15)
  })

  it('is written again for lanes that are silent, so that they are summed up in their time: when lanes were seen', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.producer('old').push([frame(1, 5)])
    const { old: account } = await set.redis.hgetallBuffer(set.keys.lanes)
    // As if it had been silent since 1970.
    account!.writeDoubleLE(1, SEEN_AT)
    await set.redis.hset(set.keys.lanes, 'old', account!)
    await set.redis.del(set.keys.lanesSeen)
    await set.producer('new').push([frame(1, 1)])
    const { producers, earlier } = await readProducers(set.redis, { name: set.name, partitions: 1 })
    expect(producers).toMatchObject([{ instance: 'new' }])
    expect(earlier).toMatchObject([{ lanes: 1, received: 5 }])
  })
})
