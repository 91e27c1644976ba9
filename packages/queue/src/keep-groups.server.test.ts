import { until } from '@pumphouse/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { ALL, delivered, type ScratchSet, scratchSets } from '../test/scratch-set.ts'
import { keepGroups } from './keep-groups.ts'

const sets = scratchSets()
afterAll(() => sets.close())

const LONG_MS = 3_600_000
const keep = (set: ScratchSet, wanted: string[], graceMs = LONG_MS) =>
  keepGroups(set.redis, { name: set.name, partition: 0 }, wanted, graceMs)

describe('keepGroups', () => {
  it('drops only a group that nobody has wanted for the grace time, and counts what it let go', async ctx => {
    const set = await sets.create(ctx.skip)
    for (const pump of ['kept', 'gone']) await set.group(pump, 'c').ensure('backlog')
    await set.push(1, 2, 4, 8)
    const gone = set.group('gone', 'c')
    const [first] = await gone.read({ ...ALL, maxFrames: 2 })
    await gone.settle([delivered(first!)])
    expect(await keep(set, ['kept'])).toMatchObject([{ pump: 'gone', dropped: false, records: 0 }])
    expect(await set.account('gone')).toMatchObject({ delivered: 1, pending: 14, holds: true })
    await until('its grace time is over', async () => ((await keep(set, ['kept']))[0]?.sinceWantedMs ?? 0) > 20)
    expect(await keep(set, ['kept'], 20)).toMatchObject([{ pump: 'gone', dropped: true, records: 14 }])
    const { pumps, letGo } = await set.status()
    expect([Object.keys(pumps), letGo]).toEqual([['kept'], 14])
    expect(pumps['kept']).toMatchObject({ pushed: 15, pending: 15, holds: true })
    expect(Object.keys(await set.redis.hgetall(set.keys.counters)).filter(key => key.startsWith('gone/'))).toEqual([])
    expect(await keep(set, ['kept'], 0)).toEqual([])
  })

  it('gives a name that comes back within the grace time its place and a whole grace time again', async ctx => {
    const set = await sets.create(ctx.skip)
    const group = set.group('a', 'c')
    await group.ensure('backlog')
    await set.push(1, 2)
    await group.settle((await group.read({ ...ALL, maxFrames: 1 })).map(delivered))
    await until('it is missed', async () => ((await keep(set, []))[0]?.sinceWantedMs ?? 0) > 20)
    expect(await keep(set, ['a'], 20)).toEqual([])
    expect((await keep(set, []))[0]!.sinceWantedMs).toBeLessThan(20)
    expect((await set.account('a')).sinceWantedMs).toBeLessThan(LONG_MS)
    expect((await group.read(ALL)).map(({ count }) => count)).toEqual([2])
  })

  it('lets another daemon want it', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.group('a', 'c').ensure('backlog')
    await until('it is missed', async () => ((await keep(set, []))[0]?.sinceWantedMs ?? 0) > 20)
    await keep(set, ['a', 'b'])
    expect(await keep(set, ['b'], 20)).toMatchObject([{ pump: 'a', dropped: false }])
  })

  it('gives a group that was never noted its grace time from now on', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.push(1)
    await set.redis.xgroup('CREATE', set.keys.frames, 'by-hand', '0')
    expect(await keep(set, [], 1000)).toMatchObject([{ pump: 'by-hand', dropped: false, sinceWantedMs: 0 }])
    await until('its time is over', async () => (await keep(set, [], 20))[0]?.dropped)
    expect(await set.status()).toMatchObject({ letGo: 1, pumps: {} })
  })

  it('counts what comes after: a pump of the same name begins a new account', async ctx => {
    const set = await sets.create(ctx.skip)
    const group = set.group('a', 'c')
    await group.ensure('backlog')
    await set.push(3)
    await group.settle((await group.read(ALL)).map(delivered))
    await until('it is dropped', async () => (await keep(set, [], 1))[0]?.dropped)
    await set.push(4)
    await group.ensure('now')
    await set.push(5)
    expect(await set.account('a')).toMatchObject({ pushed: 5, delivered: 0, pending: 5, holds: true })
  })
})
