/**
 * The set against a small model: random pushes, reads, settlements (also stale and repeated ones), take-overs, releases, trims, late
 * pumps, groups destroyed by hand, counters deleted by hand, dropped after their grace time or kept, dead letters replayed (also twice), dropped and deleted by hand. After every step the account of every pump is the model's, and the law holds. A failure prints
 * its seed and the shortest sequence that fails.
 */
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { deleteLetters, dropLetters, keepPumps, replay } from '../test/letter-steps.ts'
import { frame, scratchSets } from '../test/scratch-set.ts'
import {
  addLetters,
  type Entry,
  emptyModel,
  kept,
  type Letter,
  MAX_LETTERS,
  NOTHING_GONE,
  pending,
  type Real,
  refusal,
  type StepCommand,
  step,
  sum,
} from '../test/set-model.ts'
import type { LeasedFrame } from './leased-frame.ts'
import { retain } from './retain.ts'
import type { Settlement } from './settlement.ts'

const sets = scratchSets()
afterAll(() => sets.close())

const PUMPS = ['a', 'b']
const CONSUMERS = ['one', 'two']
const CAP = 60
/** Every lease has run out at once: take-overs need no waiting. */
const LEASE_MS = 0
const RUNS = 150

const push = (counts: number[], repeat: boolean): StepCommand =>
  step(
    `push(${counts}${repeat ? ', twice' : ''})`,
    () => true,
    async (model, real) => {
      const frames = counts.map((count, i) => frame(model.sequence + i + 1, count))
      let accepted = 0
      for (const count of counts) {
        const backlog = sum(kept(model))
        if (backlog > 0 && backlog + count > CAP) break
        model.entries.push({ id: model.entries.length, count })
        accepted++
      }
      model.sequence += accepted
      const result = { accepted, duplicates: 0, full: accepted < counts.length }
      expect(await real.producer.push(frames)).toEqual(result)
      if (repeat) expect(await real.producer.push(frames)).toEqual({ ...result, duplicates: accepted })
      const all = await real.set.redis.xrange(real.set.keys.frames, '-', '+')
      real.ids.push(...all.slice(all.length - accepted).map(([id]) => id))
    },
  )

const addPump = (name: string, startAt: 'backlog' | 'now'): StepCommand =>
  step(
    `addPump(${name}, ${startAt})`,
    model => !model.pumps.has(name),
    async (model, real) => {
      const from = startAt === 'now' ? model.entries.length : model.firstKept
      const done = { delivered: 0, filtered: 0, deadLettered: 0, removed: 0 }
      model.pumps.set(name, { from, base: sum(model.entries.slice(0, from)), holders: new Map(), done })
      expect(await real.set.group(name, 'one').ensure(startAt)).toMatchObject({ created: true })
    },
  )

const destroyPump = (name: string): StepCommand =>
  step(
    `destroyPump(${name})`,
    model => model.pumps.has(name),
    async (model, real) => {
      model.pumps.delete(name)
      await real.set.redis.xgroup('DESTROY', real.set.keys.frames, name)
    },
  )

/** An account that was deleted begins with what is pending; dead letters from before are in no account any more. */
const deleteCounters = (): StepCommand =>
  step(
    'deleteCounters()',
    model => kept(model).length > 0,
    async (model, real) => {
      for (const [name, old] of model.pumps) {
        const base = sum(model.entries) - sum(pending(model, old))
        const done = { delivered: 0, filtered: 0, deadLettered: 0, removed: 0 }
        model.pumps.set(name, { ...old, base, done })
      }
      Object.assign(model.gone, NOTHING_GONE)
      model.knowsLetters = false
      await real.set.redis.del(real.set.keys.counters)
    },
  )

function expectFrames(real: Real, read: readonly LeasedFrame[], expected: readonly Entry[]): void {
  expect(read.map(({ id, count }) => [real.ids.indexOf(id), count])).toEqual(
    expected.map(({ id, count }) => [id, count]),
  )
}

const read = (name: string, consumer: string, maxFrames: number): StepCommand =>
  step(
    `read(${name}, ${consumer}, ${maxFrames})`,
    model => model.pumps.has(name),
    async (model, real) => {
      const pump = model.pumps.get(name)!
      const unread = pending(model, pump).filter(({ id }) => !pump.holders.has(id))
      const expected = unread.slice(0, maxFrames)
      for (const { id } of expected) pump.holders.set(id, consumer)
      const frames = await real.set.group(name, consumer).read({ maxFrames, maxBytes: 1_000_000 })
      expectFrames(real, frames, expected)
    },
  )

const takeOver = (name: string, consumer: string, maxFrames: number): StepCommand =>
  step(
    `takeOver(${name}, ${consumer}, ${maxFrames})`,
    model => model.pumps.has(name),
    async (model, real) => {
      const pump = model.pumps.get(name)!
      const leased = pending(model, pump).filter(({ id }) => pump.holders.has(id))
      const expected = leased.slice(0, maxFrames)
      for (const { id } of expected) pump.holders.set(id, consumer)
      const group = real.set.group(name, consumer, { leaseMs: LEASE_MS })
      expectFrames(real, await group.takeOver({ maxFrames }), expected)
    },
  )

/** Settles some entries by their place in the stream, whoever holds them, read or not, settled or not. */
const settle = (name: string, consumer: string, picks: number[], kind: 'delivered' | 'filtered' | 'deadLettered') =>
  step(
    `settle(${name}, ${consumer}, ${picks}, ${kind})`,
    model => model.pumps.has(name),
    async (model, real) => {
      const pump = model.pumps.get(name)!
      const expected: string[] = []
      const settlements: Settlement[] = []
      const letters: Letter[] = []
      for (const pick of picks) {
        const entry = kept(model)[pick]
        if (entry === undefined) continue
        const id = real.ids[entry.id]!
        const count = kind === 'deadLettered' ? entry.count : 0
        const deadLetters = Array.from({ length: count }, () => refusal)
        settlements.push({ id, delivered: 0, filtered: 0, deadLettered: 0, [kind]: entry.count, deadLetters })
        if (pump.holders.get(entry.id) !== consumer) continue
        expected.push(id)
        pump.holders.set(entry.id, undefined)
        pump.done[kind] += entry.count
        letters.push(...deadLetters.map(() => ({ pump: name, of: pump })))
      }
      addLetters(model, letters)
      const group = real.set.group(name, consumer, { maxDeadLetters: MAX_LETTERS })
      expect((await group.settle(settlements)).settled).toEqual(expected)
    },
  )

const release = (name: string, consumer: string, picks: number[]): StepCommand =>
  step(
    `release(${name}, ${consumer}, ${picks})`,
    model => model.pumps.has(name),
    async (model, real) => {
      const pump = model.pumps.get(name)!
      const entries = picks.flatMap(pick => kept(model)[pick] ?? [])
      await real.set.group(name, consumer).release(entries.map(({ id }) => real.ids[id]!))
      for (const { id } of entries) if (pump.holders.get(id) === consumer) pump.holders.set(id, '')
    },
  )

const renew = (name: string, consumer: string): StepCommand =>
  step(
    `renew(${name}, ${consumer})`,
    model => model.pumps.has(name),
    async (model, real) => {
      const pump = model.pumps.get(name)!
      const lost = kept(model).filter(({ id }) => pump.holders.get(id) !== consumer)
      const ids = kept(model).map(({ id }) => real.ids[id]!)
      expect(await real.set.group(name, consumer).renew(ids)).toEqual(lost.map(({ id }) => real.ids[id]))
    },
  )

const trim = (): StepCommand =>
  step(
    'trim()',
    () => true,
    async (model, real) => {
      const before = model.firstKept
      if (model.pumps.size > 0) {
        const open = [...model.pumps.values()].map(pump => pending(model, pump)[0]?.id ?? model.entries.length)
        model.firstKept = Math.max(before, Math.min(...open))
      }
      expect(await real.set.trim()).toBe(sum(model.entries.slice(before, model.firstKept)))
    },
  )

/** Removes what is beyond `maxRecords`, whoever has not finished it. */
const retention = (maxRecords: number): StepCommand =>
  step(
    `retain(${maxRecords})`,
    () => true,
    async (model, real) => {
      const open = [...model.pumps.values()].map(pump => ({ pump, entries: pending(model, pump) }))
      while (sum(kept(model)) > maxRecords) model.firstKept++
      for (const { pump, entries } of open) pump.done.removed += sum(entries.filter(({ id }) => id < model.firstKept))
      await retain(real.set.redis, { name: real.set.name, partition: 0 }, { maxAgeMs: 0, maxRecords })
    },
  )

const leave = (name: string, consumer: string): StepCommand =>
  step(
    `leave(${name}, ${consumer})`,
    model => model.pumps.has(name),
    async (_, real) => {
      await real.set.group(name, consumer).leave()
    },
  )

const pump = fc.constantFrom(...PUMPS)
const consumer = fc.constantFrom(...CONSUMERS)
const frames = fc.integer({ min: 1, max: 6 })
const picks = fc.array(fc.nat(7), { maxLength: 4 })
const fates = fc.constantFrom('delivered' as const, 'filtered' as const, 'deadLettered' as const)
const starts = fc.constantFrom('backlog' as const, 'now' as const)

const pushes = fc.tuple(fc.array(fc.nat(9), { minLength: 1, maxLength: 4 }), fc.boolean()).map(args => push(...args))
const pumps = fc.tuple(pump, starts).map(args => addPump(...args))
const reads = fc.tuple(pump, consumer, frames).map(args => read(...args))
const takeOvers = fc.tuple(pump, consumer, frames).map(args => takeOver(...args))
const settles = fc.tuple(pump, consumer, picks, fates).map(args => settle(...args))
const releases = fc.tuple(pump, consumer, picks).map(args => release(...args))
const renewals = fc.tuple(pump, consumer).map(args => renew(...args))
const retentions = fc.integer({ min: 5, max: 40 }).map(retention)
const leaves = fc.tuple(pump, consumer).map(args => leave(...args))
const endings = fc.constantFrom('delivered' as const, 'filtered' as const, 'again' as const)
const letterPicks = fc.array(fc.nat(MAX_LETTERS), { maxLength: 4 })
const replays = fc.tuple(pump, letterPicks, endings, fc.boolean()).map(args => replay(...args))
const drops = letterPicks.map(dropLetters)
const deletions = letterPicks.map(deleteLetters)
const keepings = fc.tuple(fc.subarray(PUMPS), fc.boolean()).map(args => keepPumps(...args))
/** What is named more often happens more often: a group that is destroyed too soon has seen nothing. */
const steps = fc.commands(
  [
    ...[pushes, pushes, pumps, pumps, reads, reads, reads, settles, settles, settles, settles],
    ...[
      takeOvers,
      releases,
      renewals,
      leaves,
      fc.constant(trim()),
      fc.constant(trim()),
      retentions,
      pump.map(destroyPump),
      ...[replays, replays, replays, drops, deletions, keepings, fc.constant(deleteCounters())],
    ],
  ],
  { size: 'max', maxCommands: 80 },
)

it('keeps the account of every pump exact after every step of any sequence', async ctx => {
  await sets.create(ctx.skip)
  const setup = async () => {
    const set = await sets.create(ctx.skip)
    const producer = set.producer('lane', { maxBacklogRecords: CAP })
    return { model: emptyModel(), real: { set, producer, ids: [] } }
  }
  await fc.assert(
    fc.asyncProperty(steps, async commands => {
      const start = await setup()
      await fc.asyncModelRun(() => start, commands)
    }),
    { numRuns: RUNS },
  )
})
