import { afterAll, describe, expect, it } from 'vitest'
import { ALL, delivered, type ScratchSet, scratchSets } from '../test/scratch-set.ts'
import type { GroupOptions } from './group.ts'
import type { DeadLetter, Settlement } from './settlement.ts'

const sets = scratchSets()
afterAll(() => sets.close())

async function reading(set: ScratchSet, counts: number[], options: Partial<GroupOptions> = {}) {
  const group = set.group('p', 'c', options)
  await group.ensure('backlog')
  await set.push(...counts)
  return { group, frames: await group.read(ALL) }
}

const letter = (recordId: string): DeadLetter => ({
  reason: 'validation',
  message: 'no such column',
  attempts: 2,
  recordId,
  body: new Uint8Array([0, 255, 13, 10]),
  kind: 'record',
})

const dead = (id: string, count: number): Settlement => ({
  id,
  delivered: 0,
  filtered: 0,
  deadLettered: count,
  deadLetters: Array.from({ length: count }, (_, i) => letter(`${id}/${i}`)),
})

async function deadLetters(set: ScratchSet): Promise<Map<string, string>[]> {
  const entries = await set.redis.xrange(set.keys.dead, '-', '+')
  return entries.map(([, flat]) => {
    const fields = new Map<string, string>()
    for (let i = 0; i < flat.length; i += 2) fields.set(flat[i]!, flat[i + 1]!)
    return fields
  })
}

const counted = (set: ScratchSet, field: string): Promise<string | null> => set.redis.hget(set.keys.counters, field)

describe('settle', () => {
  it('counts what became of the records, and nothing twice', async ctx => {
    const set = await sets.create(ctx.skip)
    const { group, frames } = await reading(set, [10, 5])
    const [first, second] = frames
    const settlement = { id: first!.id, delivered: 6, filtered: 3, deadLettered: 1, deadLetters: [letter('r')] }
    expect(await group.settle([settlement])).toEqual({ settled: [first!.id] })
    expect(await group.settle([settlement, delivered(second!)])).toEqual({ settled: [second!.id] })
    expect(await set.account('p')).toEqual({
      ...{ pushed: 15, delivered: 11, filtered: 3, deadLettered: 1, removed: 0, pending: 0 },
      ...{ pendingFrames: 0, leasedFrames: 0, vanishedFrames: 0, sinceWantedMs: expect.any(Number), holds: true },
    })
    expect(await deadLetters(set)).toHaveLength(1)
  })

  it('counts a frame once even within one call', async ctx => {
    const set = await sets.create(ctx.skip)
    const { group, frames } = await reading(set, [4])
    const settlement = delivered(frames[0]!)
    expect(await group.settle([settlement, settlement])).toEqual({ settled: [settlement.id] })
    expect(await set.account('p')).toMatchObject({ delivered: 4, holds: true })
  })

  it('settles any number of frames', async ctx => {
    const set = await sets.create(ctx.skip)
    const { group, frames } = await reading(
      set,
      Array.from({ length: 300 }, () => 2),
    )
    expect((await group.settle(frames.map(delivered))).settled).toEqual(frames.map(({ id }) => id))
    expect(await set.account('p')).toMatchObject({ delivered: 600, pending: 0, holds: true })
  })

  it('leaves other pumps alone', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.group('other', 'c').ensure('backlog')
    const { group, frames } = await reading(set, [3])
    await group.settle(frames.map(delivered))
    expect(await set.account('other')).toMatchObject({ delivered: 0, pending: 3, holds: true })
  })

  it('keeps a dead letter with everything that is known about it', async ctx => {
    const set = await sets.create(ctx.skip)
    const { group, frames } = await reading(set, [7])
    const id = frames[0]!.id
    const { recordId: _, ...frameLetter } = { ...letter(''), kind: 'frame' as const, reason: 'PH_FRAME_MALFORMED' }
    await group.settle([{ id, delivered: 0, filtered: 0, deadLettered: 7, deadLetters: [frameLetter] }])
    const [entry] = await deadLetters(set)
    expect(Object.fromEntries(entry!)).toMatchObject({
      pump: 'p',
      frame: id,
      reason: 'PH_FRAME_MALFORMED',
      message: 'no such column',
    })
    expect(Object.fromEntries(entry!)).toMatchObject({ attempts: '2', recordId: '', kind: 'frame', records: '7' })
    const [[, fields]] = (await set.redis.xrangeBuffer(set.keys.dead, '-', '+')) as [[Buffer, Buffer[]]]
    expect(fields.at(-1)).toEqual(Buffer.from([0, 255, 13, 10]))
  })

  it('bounds the dead letters exactly, oldest first, and counts what the bound removed', async ctx => {
    const set = await sets.create(ctx.skip)
    const { group, frames } = await reading(set, [3, 3], { maxDeadLetters: 4 })
    await group.settle([dead(frames[0]!.id, 3)])
    await group.settle([dead(frames[1]!.id, 3)])
    expect((await deadLetters(set)).map(fields => fields.get('recordId')?.split('/')[1])).toEqual(['2', '0', '1', '2'])
    expect(await set.status()).toMatchObject({ deadLetters: 4, deadLettersRemoved: 2 })
    expect(await set.account('p')).toMatchObject({ deadLettered: 6, pending: 0, holds: true })
  })

  it('counts the records of a frame that could not be read as its entry says, whatever the caller read', async ctx => {
    const set = await sets.create(ctx.skip)
    const { group, frames } = await reading(set, [10])
    const whole: DeadLetter = { ...letter(''), kind: 'frame' }
    const { id } = frames[0]!
    await group.settle([{ id, delivered: 0, filtered: 0, deadLettered: 7, deadLetters: [whole] }])
    expect(await set.account('p')).toMatchObject({ pushed: 10, deadLettered: 10, holds: true })
    expect((await deadLetters(set))[0]?.get('records')).toBe('10')
  })

  it('keeps no dead letter for a frame it does not hold', async ctx => {
    const set = await sets.create(ctx.skip)
    const { group, frames } = await reading(set, [2])
    await group.settle([dead('1-1', 2)])
    await set.group('p', 'another').settle([dead(frames[0]!.id, 2)])
    expect(await deadLetters(set)).toEqual([])
    expect(await set.account('p')).toMatchObject({ deadLettered: 0, pending: 2, holds: true })
  })

  it.for(['dead', 'counters'] as const)('changes nothing when the key %s has the wrong type', async (key, ctx) => {
    const set = await sets.create(ctx.skip)
    const { group, frames } = await reading(set, [2])
    await set.redis.set(set.keys[key], 'wrong')
    await expect(group.settle([dead(frames[0]!.id, 2)])).rejects.toMatchObject({ reply: 'WRONGTYPE' })
    expect((await set.redis.xpending(set.keys.frames, 'p', '-', '+', 10)).length).toBe(1)
  })

  it('works when Redis has no memory left', async ctx => {
    const set = await sets.create(ctx.skip)
    const { group, frames } = await reading(set, [2, 2])
    await set.redis.config('SET', 'maxmemory', '1')
    try {
      await expect(set.push(1)).rejects.toMatchObject({ reply: 'OOM' })
      expect((await group.settle([dead(frames[0]!.id, 2), delivered(frames[1]!)])).settled).toHaveLength(2)
      expect(await set.trim()).toBe(4)
    } finally {
      await set.redis.config('SET', 'maxmemory', '0')
    }
    expect(await set.account('p')).toMatchObject({ delivered: 2, deadLettered: 2, pending: 0, holds: true })
    expect(await counted(set, 'trimmed')).toBe('4')
  })
})
