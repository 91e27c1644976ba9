/** The small model the set is held against, and what every step of a test does: change both, then compare their accounts. */
import type fc from 'fast-check'
import { expect } from 'vitest'
import type { ScratchSet } from './scratch-set.ts'

export interface Entry {
  readonly id: number
  readonly count: number
}
/** What a group knows of an entry: who holds it ('' = released), or that it is settled. Unread entries are absent. */
type Holder = string | undefined
export interface PumpModel {
  from: number
  base: number
  readonly holders: Map<number, Holder>
  done: { delivered: number; filtered: number; deadLettered: number; removed: number }
}
/** One record. `of` is the account it was counted in, which may be gone. */
export interface Letter {
  readonly pump: string
  readonly of: PumpModel
}
export interface Model {
  readonly entries: Entry[]
  firstKept: number
  sequence: number
  readonly pumps: Map<string, PumpModel>
  /** Dead letters, oldest first. */
  letters: Letter[]
  /** Whether the counters know how many letters there should be: not before the first, nor after they were deleted until letters come or go. */
  knowsLetters: boolean
  readonly gone: {
    deadLettersRemoved: number
    deadLettersDropped: number
    deadLettersVanished: number
    letGo: number
  }
}
export interface Real {
  readonly set: ScratchSet
  readonly producer: ReturnType<ScratchSet['producer']>
  /** Ids as Redis gave them, in the order of the model's entries. */
  readonly ids: string[]
}

type Step = (model: Model, real: Real) => Promise<void>
export type StepCommand = fc.AsyncCommand<Model, Real>

export const sum = (entries: readonly Entry[]): number => entries.reduce((total, { count }) => total + count, 0)
export const kept = (model: Model): Entry[] => model.entries.slice(model.firstKept)

export function pending(model: Model, pump: PumpModel): Entry[] {
  return kept(model).filter(
    ({ id }) => id >= pump.from && (!pump.holders.has(id) || pump.holders.get(id) !== undefined),
  )
}

async function checkLaw(model: Model, real: Real): Promise<void> {
  const status = await real.set.status()
  const pushed = sum(model.entries)
  expect(status).toMatchObject({
    pushed,
    frames: kept(model).length,
    deadLetters: model.letters.length,
    ...model.gone,
  })
  expect(await real.set.redis.hlen(real.set.keys.bytes)).toBe(kept(model).length)
  expect(Object.keys(status.pumps).sort()).toEqual([...model.pumps.keys()].sort())
  for (const [name, pump] of model.pumps) {
    const open = pending(model, pump)
    expect(status.pumps[name]).toMatchObject({
      ...pump.done,
      pushed: pushed - pump.base,
      pending: sum(open),
      pendingFrames: open.length,
      leasedFrames: open.filter(({ id }) => pump.holders.get(id)).length,
      vanishedFrames: 0,
      holds: true,
    })
  }
}

export function step(text: string, check: (model: Model) => boolean, run: Step): StepCommand {
  return {
    check,
    async run(model, real) {
      await run(model, real)
      await checkLaw(model, real)
    },
    toString: () => text,
  }
}

/** Nothing is gone yet. */
export const NOTHING_GONE = { deadLettersRemoved: 0, deadLettersDropped: 0, deadLettersVanished: 0, letGo: 0 }

/** A model of an empty set. */
export function emptyModel(): Model {
  const gone = { ...NOTHING_GONE }
  return { entries: [], firstKept: 0, sequence: 0, pumps: new Map(), letters: [], knowsLetters: false, gone }
}

/** Dead letters kept at most. */
export const MAX_LETTERS = 12

/** Adds letters at the end; the bound takes the oldest. */
export function addLetters(model: Model, letters: readonly Letter[]): void {
  if (letters.length > 0) model.knowsLetters = true
  model.letters.push(...letters)
  const removed = Math.max(0, model.letters.length - MAX_LETTERS)
  model.letters.splice(0, removed)
  model.gone.deadLettersRemoved += removed
}

/** A record that was refused. */
export const refusal = {
  kind: 'record',
  reason: 'refused',
  message: 'no',
  attempts: 1,
  body: new Uint8Array(9),
} as const
