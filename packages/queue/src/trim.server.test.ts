import { afterAll, describe, expect, it } from 'vitest'
import { ALL, delivered, frame, type ScratchSet, scratchSets } from '../test/scratch-set.ts'
import type { Group } from './group.ts'
import { retain } from './retain.ts'

const sets = scratchSets()
afterAll(() => sets.close())

async function pump(set: ScratchSet, name: string): Promise<Group> {
  const group = set.group(name, 'c')
  await group.ensure('backlog')
  return group
}

async function finish(group: Group, maxFrames: number): Promise<void> {
  await group.settle((await group.read({ ...ALL, maxFrames })).map(delivered))
}

describe('trim', () => {
  it('removes nothing without a group, and nothing from a set that is not there', async ctx => {
    const set = await sets.create(ctx.skip)
    expect(await set.trim()).toBe(0)
    await set.push(1, 2)
    expect(await set.trim()).toBe(0)
    expect((await set.status()).frames).toBe(2)
  })

  it('removes what the only group finished', async ctx => {
    const set = await sets.create(ctx.skip)
    const only = await pump(set, 'only')
    await set.push(1, 2, 3)
    expect(await set.trim()).toBe(0)
    await finish(only, 2)
    expect(await set.trim()).toBe(3)
    expect(await set.status()).toMatchObject({ pushed: 6, frames: 1 })
    await finish(only, 1)
    expect(await set.trim()).toBe(3)
    expect(await set.trim()).toBe(0)
    expect(await set.account('only')).toMatchObject({ pushed: 6, delivered: 6, pending: 0, holds: true })
  })

  it('waits for the slowest group', async ctx => {
    const set = await sets.create(ctx.skip)
    const [fast, slow] = [await pump(set, 'fast'), await pump(set, 'slow')]
    await set.push(1, 1, 1, 1)
    await finish(fast, 4)
    expect(await set.trim()).toBe(0)
    await finish(slow, 1)
    expect(await set.trim()).toBe(1)
    expect(await set.account('slow')).toMatchObject({ pushed: 4, delivered: 1, pending: 3, holds: true })
  })

  it('waits for the oldest leased frame, not for the newest settled one', async ctx => {
    const set = await sets.create(ctx.skip)
    const group = await pump(set, 'p')
    await set.push(1, 2, 3, 4)
    const [first, second, third] = await group.read({ ...ALL, maxFrames: 3 })
    await group.settle([delivered(first!), delivered(third!)])
    expect(await set.trim()).toBe(1)
    await group.settle([delivered(second!)])
    expect(await set.trim()).toBe(5)
    expect(await set.account('p')).toMatchObject({ delivered: 6, pending: 4, holds: true })
  })

  it('removes small frames to the last one, though Redis keeps a hundred in one block', async ctx => {
    const set = await sets.create(ctx.skip)
    const group = await pump(set, 'p')
    const producer = set.producer()
    await producer.push(Array.from({ length: 2550 }, (_, i) => frame(i + 1, 1, 8)))
    for (let left = 2525; left > 0; left -= 505) await finish(group, 505)
    expect(await set.trim()).toBe(2525)
    expect(await set.status()).toMatchObject({ pushed: 2550, frames: 25 })
  })

  it('removes the bytes with their frames, and what a push has left behind when nothing is left', async ctx => {
    const set = await sets.create(ctx.skip)
    const group = await pump(set, 'p')
    await set.push(...new Array(250).fill(1))
    await set.redis.hset(set.keys.bytes, 'left/9/behind', 'bytes')
    await finish(group, 120)
    expect(await set.trim()).toBe(120)
    expect(await set.redis.hlen(set.keys.bytes)).toBe(131)
    await finish(group, 130)
    expect(await set.trim()).toBe(130)
    expect(await set.redis.exists(set.keys.frames, set.keys.bytes)).toBe(1)
  })

  it.for(['trim', 'retain'] as const)(
    '%s removes nothing while the key of the bytes has the wrong type',
    async (way, ctx) => {
      const set = await sets.create(ctx.skip)
      const group = await pump(set, 'p')
      await set.push(1, 2)
      await finish(group, 1)
      await set.redis.rename(set.keys.bytes, `${set.keys.bytes}:aside`)
      await set.redis.set(set.keys.bytes, 'not a hash')
      const place = { name: set.name, partition: 0 }
      const removing = way === 'trim' ? set.trim() : retain(set.redis, place, { maxAgeMs: 0, maxRecords: 1 })
      await expect(removing).rejects.toMatchObject({ reply: 'WRONGTYPE' })
      expect(await set.status()).toMatchObject({ frames: 2 })
      expect(await set.account('p')).toMatchObject({ delivered: 1, pending: 2, removed: 0, holds: true })
    },
  )

  it('removes more than one call may', async ctx => {
    const set = await sets.create(ctx.skip)
    const group = await pump(set, 'p')
    const producer = set.producer()
    const total = 12_000
    for (let i = 0; i < total; i += 1000) {
      await producer.push(Array.from({ length: 1000 }, (_, k) => frame(i + k + 1, 1, 8)))
    }
    for (let done = 0; done < total; done += 1000) await finish(group, 1000)
    expect(await set.trim()).toBe(total)
    expect((await set.status()).frames).toBe(0)
  })

  it('lets a pump that comes later account for what is left only', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.push(10, 20, 30)
    await finish(await pump(set, 'first'), 2)
    await set.trim()
    const late = await pump(set, 'late')
    expect(await set.account('late')).toMatchObject({ pushed: 30, pending: 30, holds: true })
    await finish(late, 1)
    expect(await set.account('late')).toMatchObject({ pushed: 30, delivered: 30, pending: 0, holds: true })
  })

  it('heals the size of the backlog after the stream was deleted by hand', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.push(9)
    await set.redis.del(set.keys.frames)
    const group = await pump(set, 'p')
    const capped = set.producer('capped', { maxBacklogRecords: 9 })
    expect(await capped.push([frame(1, 1)])).toMatchObject({ full: true })
    await set.trim()
    expect(await capped.push([frame(1, 9)])).toMatchObject({ accepted: 1 })
    await finish(group, 1)
    expect(await set.account('p')).toMatchObject({ pushed: 9, delivered: 9, holds: true })
  })
})
