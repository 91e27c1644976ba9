/** Steps of the model test: what becomes of dead letters, and of groups that nobody wants. */
import { expect } from 'vitest'
import { dropDeadLetters, settleReplayed } from '../src/dead-letters.ts'
import { keepGroups } from '../src/keep-groups.ts'
import type { Settlement } from '../src/settlement.ts'
import {
  addLetters,
  MAX_LETTERS,
  type Model,
  pending,
  type Real,
  refusal,
  type StepCommand,
  step,
  sum,
} from './set-model.ts'

const AN_HOUR_MS = 3_600_000

/** The names of all letters, oldest first, as those of the model. */
async function letterIds(real: Real): Promise<string[]> {
  const entries = await real.set.redis.xrange(real.set.keys.dead, '-', '+')
  return entries.map(([id]) => `0/${id}`)
}

/** Takes out of the model the letters at `places` that `isTaken` lets go; their places, in the order of the model. */
function takeOut(model: Model, places: ReadonlySet<number>, isTaken: (place: number) => boolean): number[] {
  const taken = [...places].filter(place => place < model.letters.length && isTaken(place)).sort((a, b) => a - b)
  model.letters = model.letters.filter((_, place) => !taken.includes(place))
  return taken
}

/** Replays letters by their place, of whatever pump they are; `repeat`: says it twice, as after a lost reply. */
export const replay = (
  name: string,
  picks: readonly number[],
  ending: 'delivered' | 'filtered' | 'again',
  repeat: boolean,
): StepCommand =>
  step(
    `replay(${name}, ${picks}, ${ending}${repeat ? ', twice' : ''})`,
    model => model.letters.length > 0,
    async (model, real) => {
      const ids = await letterIds(real)
      const before = [...model.letters]
      const places = takeOut(model, new Set(picks), place => before[place]?.pump === name)
      if (places.length > 0) model.knowsLetters = true
      for (const place of places) {
        const { of } = before[place]!
        if (ending === 'again') continue
        of.done.deadLettered--
        of.done[ending]++
      }
      if (ending === 'again')
        addLetters(
          model,
          places.map(place => before[place]!),
        )

      const asked = [...new Set(picks)].sort((a, b) => a - b).flatMap(place => ids[place] ?? [])
      const outcome = { delivered: 0, filtered: 0, deadLettered: 0 }
      const settlements = asked.map(
        (id): Settlement =>
          ending === 'again'
            ? { id, ...outcome, deadLettered: 1, deadLetters: [refusal] }
            : { id, ...outcome, [ending]: 1 },
      )
      const set = { name: real.set.name, partitions: 1, maxDeadLetters: MAX_LETTERS }
      expect(await settleReplayed(real.set.redis, set, name, settlements)).toEqual(places.map(place => ids[place]))
      if (repeat) expect(await settleReplayed(real.set.redis, set, name, settlements)).toEqual([])
    },
  )

/** Drops letters by their place. */
export const dropLetters = (picks: readonly number[]): StepCommand =>
  step(
    `dropLetters(${picks})`,
    model => model.letters.length > 0,
    async (model, real) => {
      const ids = await letterIds(real)
      const places = takeOut(model, new Set(picks), () => true)
      model.gone.deadLettersDropped += places.length
      if (places.length > 0) model.knowsLetters = true
      const asked = picks.flatMap(place => ids[place] ?? [])
      expect(await dropDeadLetters(real.set.redis, { name: real.set.name, partitions: 1 }, asked)).toBe(places.length)
    },
  )

/** Deletes letters by their place, without the set's knowing. */
export const deleteLetters = (picks: readonly number[]): StepCommand =>
  step(
    `deleteLetters(${picks})`,
    model => model.letters.length > 0,
    async (model, real) => {
      const ids = await letterIds(real)
      const places = takeOut(model, new Set(picks), () => true)
      if (model.knowsLetters) model.gone.deadLettersVanished += places.length
      for (const place of places) await real.set.redis.xdel(real.set.keys.dead, ids[place]!.split('/')[1]!)
    },
  )

/** Notes which pumps are wanted; the others are within their grace time (as a paused one always is), or it is over. */
export const keepPumps = (wanted: readonly string[], graceIsOver: boolean): StepCommand =>
  step(
    `keepPumps(${wanted}${graceIsOver ? ', grace over' : ''})`,
    model => model.pumps.size > 0,
    async (model, real) => {
      const unwanted = [...model.pumps].filter(([name]) => !wanted.includes(name))
      const expected = unwanted.map(([pump, account]) => {
        const records = graceIsOver ? sum(pending(model, account)) : 0
        model.gone.letGo += records
        if (graceIsOver) model.pumps.delete(pump)
        return { pump, dropped: graceIsOver, records, sinceWantedMs: expect.any(Number) }
      })
      const place = { name: real.set.name, partition: 0 }
      const said = await keepGroups(real.set.redis, place, wanted, graceIsOver ? 0 : AN_HOUR_MS)
      expect([...said].sort((a, b) => a.pump.localeCompare(b.pump))).toEqual(
        expected.sort((a, b) => a.pump.localeCompare(b.pump)),
      )
    },
  )
