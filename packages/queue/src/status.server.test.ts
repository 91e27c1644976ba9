import { until } from '@pumphouse/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { ALL, delivered, frame, scratchSets } from '../test/scratch-set.ts'
import { readPartitionStatus, readStatus } from './status.ts'

const sets = scratchSets()
afterAll(() => sets.close())

describe('status', () => {
  it('of a set nobody has touched is empty', async ctx => {
    const set = await sets.create(ctx.skip)
    const letters = { deadLetters: 0, deadLettersRemoved: 0, deadLettersDropped: 0, deadLettersVanished: 0 }
    expect(await set.status()).toEqual({ pushed: 0, frames: 0, ...letters, letGo: 0, pumps: {} })
  })

  it('joins the partitions', async ctx => {
    const set = await sets.create(ctx.skip)
    const lanes = ['l1', 'l2', 'l3', 'l4', 'l5', 'l6'].map(lane => set.producer(lane, { partitions: 3 }))
    expect(new Set(lanes.map(({ partition }) => partition)).size).toBe(3)
    for (const partition of [0, 1, 2]) await set.group('p', 'c', { partition }).ensure('backlog')
    for (const lane of lanes) await lane.push([frame(1, 5)])
    const first = set.group('p', 'c', { partition: lanes[0]!.partition })
    await first.settle((await first.read({ ...ALL, maxFrames: 1 })).map(delivered))
    const each = await readPartitionStatus(set.redis, { name: set.name, partitions: 3 })
    expect(each.map(({ pumps }) => pumps['p']!.pushed).reduce((a, b) => a + b)).toBe(30)
    expect(each[lanes[0]!.partition]!.pumps['p']).toMatchObject({ delivered: 5, holds: true })
    const status = await readStatus(set.redis, { name: set.name, partitions: 3 })
    expect(status).toMatchObject({ pushed: 30, frames: 6 })
    expect(status.pumps['p']).toMatchObject({ pushed: 30, delivered: 5, pending: 25, pendingFrames: 5, holds: true })
  })

  it('says how old the oldest unsettled frame is, read or unread', async ctx => {
    const set = await sets.create(ctx.skip)
    const group = set.group('p', 'c')
    await group.ensure('backlog')
    expect(await set.account('p')).not.toHaveProperty('oldestMs')
    await set.push(1)
    const ageMs = async () => (await set.account('p')).oldestMs ?? -1
    await until('the frame is 30 ms old', async () => (await ageMs()) >= 30)
    const [first] = await group.read(ALL)
    await set.push(1)
    expect(await ageMs()).toBeGreaterThanOrEqual(30)
    await group.settle([delivered(first!)])
    expect(await ageMs()).toBeLessThan(30)
  })

  it('counts what is pending from the stream: records that vanish from it break the law', async ctx => {
    const set = await sets.create(ctx.skip)
    const group = set.group('p', 'c')
    await group.ensure('backlog')
    await set.push(1, 2, 4, 8)
    await set.redis.xtrim(set.keys.frames, 'MAXLEN', 3)
    expect(await set.account('p')).toMatchObject({ pushed: 15, pending: 14, pendingFrames: 3, holds: false })
  })

  it('shows pumps of any name', async ctx => {
    const set = await sets.create(ctx.skip)
    const names = ['a/b', '__proto__', 'ü pump', '100%']
    await set.push(3)
    for (const name of names) {
      const group = set.group(name, 'c')
      await group.ensure('backlog')
      await group.settle((await group.read(ALL)).map(delivered))
    }
    const { pumps } = await set.status()
    expect(Object.keys(pumps).sort()).toEqual([...names].sort())
    for (const [, account] of Object.entries(pumps)) expect(account).toMatchObject({ delivered: 3, holds: true })
  })

  it('counts many leased frames and more unread ones', async ctx => {
    const set = await sets.create(ctx.skip)
    const group = set.group('p', 'c')
    await group.ensure('backlog')
    await set.producer().push(Array.from({ length: 1500 }, (_, i) => frame(i + 1, 2)))
    await group.read({ ...ALL, maxFrames: 1200 })
    expect(await set.account('p')).toMatchObject({
      pending: 3000,
      pendingFrames: 1500,
      leasedFrames: 1200,
      holds: true,
    })
  })
})
