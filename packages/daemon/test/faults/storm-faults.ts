import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultProxy } from '@pumphouse/testkit'
import type { StormChoice } from './storm-choice.ts'

/** What may happen, by its name. */
export type Faults = Readonly<Record<string, () => Promise<void>>>

/** How a storm goes: between two faults there is nothing, up to `maxCalmMs`. `first`: the fault it begins with, by default one at random. */
export interface StormCourse extends Pick<StormChoice, 'durationMs' | 'random'> {
  readonly maxCalmMs: number
  readonly first?: string
}

/** Brings faults about at random moments; a name that stands twice in `names` happens twice as often. Resolves with what happened, in order. */
export async function storm(
  faults: Faults,
  names: readonly string[],
  { durationMs, random, maxCalmMs, first }: StormCourse,
): Promise<string[]> {
  const done: string[] = []
  for (const end = performance.now() + durationMs; performance.now() < end; ) {
    await sleep(random() * maxCalmMs)
    const name = (done.length === 0 && first) || (names[Math.floor(random() * names.length)] as string)
    done.push(name)
    await faults[name]?.()
  }
  return done
}

/** Swallows answers for a while, then cuts the connections that owe them. */
export async function loseReplies(proxy: FaultProxy, forMs: number): Promise<void> {
  proxy.silence('toClient')
  await sleep(forMs)
  proxy.cut()
  proxy.heal()
}
