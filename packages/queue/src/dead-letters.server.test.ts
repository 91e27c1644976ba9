import { afterAll, describe, expect, it } from 'vitest'
import { ALL, type ScratchSet, scratchSets } from '../test/scratch-set.ts'
import {
  type DeadLetterFilter,
  dropDeadLetters,
  findDeadLetter,
  type KeptDeadLetter,
  listDeadLetters,
  readDeadLetters,
  settleReplayed,
} from './dead-letters.ts'
import type { DeadLetter } from './settlement.ts'

const sets = scratchSets()
afterAll(() => sets.close())

const letter = (reason: string, body = new Uint8Array([0, 255])): DeadLetter => ({
  ...{ reason, message: 'no such column', attempts: 2, recordId: 'r1', body },
  kind: 'record',
})
const place = (set: ScratchSet) => ({ name: set.name, partitions: 1, maxDeadLetters: 1000 })

/** One frame of the pump, all of it dead-lettered for the reasons given. */
async function bury(set: ScratchSet, pump: string, ...letters: DeadLetter[]): Promise<void> {
  const group = set.group(pump, 'c')
  await group.ensure('now')
  await set.push(letters.length)
  for (const { id, count } of await group.read(ALL)) {
    await group.settle([{ id, delivered: 0, filtered: 0, deadLettered: count, deadLetters: letters }])
  }
}

async function all(set: ScratchSet, filter: DeadLetterFilter = {}, pageSize = 500): Promise<KeptDeadLetter[]> {
  const pages: KeptDeadLetter[][] = []
  for await (const page of readDeadLetters(set.redis, place(set), filter, { pageSize })) pages.push([...page])
  for (const page of pages) expect(page.length).toBeLessThanOrEqual(pageSize)
  return pages.flat()
}

describe('reading dead letters', () => {
  it('finds those of a pump, of a reason, of a time', async ctx => {
    const set = await sets.create(ctx.skip)
    await bury(set, 'a', letter('too_large'), letter('validation'), letter('validation'))
    await bury(set, 'b', ...Array.from({ length: 4 }, () => letter('validation')))
    const everything = await all(set)
    expect(everything).toHaveLength(7)
    expect(await all(set, { pump: 'a' })).toHaveLength(3)
    expect(await all(set, { pump: 'a', reason: 'validation' })).toHaveLength(2)
    expect(await all(set, { reason: 'other' })).toEqual([])
    const { atMs } = everything.at(-1)!
    expect(await all(set, { sinceMs: atMs + 1 })).toEqual([])
    expect((await all(set, { sinceMs: atMs, untilMs: atMs })).at(-1)).toEqual(everything.at(-1))
    expect(await all(set, { untilMs: everything[0]!.atMs - 1 })).toEqual([])
  })

  it('comes in pages, whatever lies between the matching ones', async ctx => {
    const set = await sets.create(ctx.skip)
    const reasons = Array.from({ length: 100 }, (_, i) => letter(i % 3 === 0 ? 'third' : 'other'))
    await bury(set, 'a', ...reasons)
    expect(await all(set, { reason: 'third' }, 7)).toHaveLength(34)
    expect(new Set((await all(set, {}, 1)).map(({ id }) => id)).size).toBe(100)
  })

  it('lists the oldest up to a limit and says that there are more', async ctx => {
    const set = await sets.create(ctx.skip)
    await bury(set, 'a', letter('x'), letter('y'), letter('z'))
    const two = await listDeadLetters(set.redis, place(set), {}, 2)
    expect([two.letters.map(({ reason }) => reason), two.more]).toEqual([['x', 'y'], true])
    expect((await listDeadLetters(set.redis, place(set), {}, 3)).more).toBe(false)
  })

  it('shows one with its body, and nothing for a name that is none', async ctx => {
    const set = await sets.create(ctx.skip)
    await bury(set, 'a', letter('x'))
    const [first] = await all(set)
    expect(first).not.toHaveProperty('body')
    const shown = await findDeadLetter(set.redis, place(set), first!.id)
    expect(shown).toMatchObject({ pump: 'a', reason: 'x', attempts: 2, recordId: 'r1', kind: 'record', records: 1 })
    expect([...shown!.body!]).toEqual([0, 255])
    for (const id of ['0/1-1', '9/1-1', 'nonsense', '0/-', '0/(1-1'])
      expect(await findDeadLetter(set.redis, place(set), id)).toBeUndefined()
  })

  it('stops a page after a bound of bytes', async ctx => {
    const set = await sets.create(ctx.skip)
    await bury(set, 'a', ...Array.from({ length: 5 }, () => letter('big', new Uint8Array(600_000))))
    const sizes: number[] = []
    const pages = readDeadLetters(set.redis, place(set), {}, { bodies: true })
    for await (const page of pages) sizes.push(page.length)
    expect(sizes).toEqual([2, 2, 1])
  })
})

describe('dropping dead letters', () => {
  it('counts each once, and leaves the account as it is', async ctx => {
    const set = await sets.create(ctx.skip)
    await bury(set, 'a', letter('x'), letter('y'), letter('z'))
    const ids = (await all(set)).slice(0, 2).map(({ id }) => id)
    expect(await dropDeadLetters(set.redis, place(set), [...ids, 'nonsense'])).toBe(2)
    expect(await dropDeadLetters(set.redis, place(set), ids)).toBe(0)
    expect(await set.status()).toMatchObject({ deadLetters: 1, deadLettersDropped: 2, deadLettersRemoved: 0 })
    expect(await set.account('a')).toMatchObject({ deadLettered: 3, holds: true })
  })
})

describe('replayed dead letters', () => {
  const done = (id: string) => ({ id, delivered: 1, filtered: 0, deadLettered: 0 })

  it('move the account once, whoever says it and however often', async ctx => {
    const set = await sets.create(ctx.skip)
    await bury(set, 'a', letter('x'), letter('y'))
    const [first] = await all(set)
    const once = () => settleReplayed(set.redis, place(set), 'a', [done(first!.id)])
    const both = await Promise.all([once(), once()])
    expect(both.flat()).toEqual([first!.id])
    expect(await once()).toEqual([])
    expect(await set.account('a')).toMatchObject({ delivered: 1, deadLettered: 1, holds: true })
    expect(await set.status()).toMatchObject({ deadLetters: 1, deadLettersDropped: 0 })
  })

  it('of another pump stay where they are', async ctx => {
    const set = await sets.create(ctx.skip)
    await bury(set, 'a', letter('x'))
    const [first] = await all(set)
    expect(await settleReplayed(set.redis, place(set), 'b', [done(first!.id)])).toEqual([])
    expect(await set.account('a')).toMatchObject({ delivered: 0, deadLettered: 1, holds: true })
  })

  it('that stand for a frame leave letters for the records refused again', async ctx => {
    const set = await sets.create(ctx.skip)
    const group = set.group('a', 'c')
    await group.ensure('backlog')
    await set.push(10)
    const [frame] = await group.read(ALL)
    const whole = { ...letter('PH_FRAME_VERSION'), kind: 'frame' as const }
    await group.settle([{ id: frame!.id, delivered: 0, filtered: 0, deadLettered: 10, deadLetters: [whole] }])
    const [kept] = await all(set)
    expect(kept).toMatchObject({ kind: 'frame', records: 10, frame: frame!.id })
    const outcome = { id: kept!.id, delivered: 5, filtered: 3, deadLettered: 2 }
    await settleReplayed(set.redis, place(set), 'a', [{ ...outcome, deadLetters: [letter('x'), letter('y')] }])
    expect(await set.account('a')).toMatchObject({ delivered: 5, filtered: 3, deadLettered: 2, holds: true })
    expect(await all(set)).toMatchObject([
      { reason: 'x', records: 1, frame: frame!.id },
      { reason: 'y', records: 1, frame: frame!.id },
    ])
  })

  it('that are older than the account of their pump leave it alone', async ctx => {
    const set = await sets.create(ctx.skip)
    await bury(set, 'a', letter('old'))
    await set.redis.xgroup('DESTROY', set.keys.frames, 'a')
    await bury(set, 'a', letter('new'))
    const letters = await all(set)
    expect(letters.map(({ reason }) => reason)).toContain('old')
    const before = await set.account('a')
    const old = letters.find(({ reason }) => reason === 'old')!
    expect(await settleReplayed(set.redis, place(set), 'a', [done(old.id)])).toEqual([old.id])
    const { delivered, deadLettered } = before
    expect(await set.account('a')).toMatchObject({ delivered, deadLettered, holds: true })
    const fresh = letters.find(({ reason }) => reason === 'new')!
    await settleReplayed(set.redis, place(set), 'a', [done(fresh.id)])
    expect(await set.account('a')).toMatchObject({ deadLettered: before.deadLettered - 1, holds: true })
  })
})
