/** The cases of the contract suite in which the target or the way to it fails. Each needs a fault that only the tests of the pump can cause. */
import assert from 'node:assert/strict'
import type { Pump } from '@pumphouse/pumps'
import type { AnalyticsRecord } from '@pumphouse/record'
import type { FaultProxy } from '../proxy.ts'
import { settled, within } from '../within.ts'
import {
  ABORT_BOUND_MS,
  ABORT_MS,
  assertDelivers,
  assertFound,
  assertHolds,
  assertRejections,
  type Case,
  type CaseFaults,
  CLOSE_BOUND_MS,
  create,
  deliverEventually,
  never,
  pause,
  type Surroundings,
  withPump,
  write,
} from './contract-case.ts'
import { contractKey, plainRecords } from './contract-records.ts'

/** Enough that a pump that waits for each answer of many takes visibly long, and no test does. */
const LATENCY_MS = 50
const LATENCY_BOUND_MS = 30_000
/** A write has sent something by then. */
const UNDER_WAY_MS = 50
/** A machine that tests may be too busy for one measurement of 100 ms; a pump that is too slow is so each time. */
const ABORT_ATTEMPTS = 3

export const faultCases: readonly Case[] = [
  {
    name: 'rejects the records that the target refuses, by their positions, and delivers their neighbours',
    needs: 'refuse',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        const batch = plainRecords('partly', 20)
        const refused = [3, 4, 19]
        await needed(surroundings.faults, 'refuse')(refused.map(index => contractKey(batch[index] as AnalyticsRecord)))
        const result = await write(pump, batch)
        assert.equal(result.retry, undefined, 'what is refused for good is not sent again')
        assert.deepEqual(
          [...assertRejections(result, batch.length)].sort((a, b) => a - b),
          refused,
        )
        const taken = batch.filter((_, index) => !refused.includes(index))
        await assertHolds(surroundings, [taken])
      }),
  },
  {
    name: 'goes on after the target was restarted, with what it had delivered still there',
    needs: 'restart',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        const [before, after] = [plainRecords('before', 50), plainRecords('after', 50)]
        await write(pump, before)
        await needed(surroundings.faults, 'restart')()
        await deliverEventually(pump, after)
        await assertHolds(surroundings, [before, after])
      }),
  },
  {
    name: 'delivers over a slow line',
    needs: 'network',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        const network = needed(surroundings.faults, 'network')
        for (const direction of ['toClient', 'toServer'] as const) network.latency(direction, LATENCY_MS)
        const batch = plainRecords('slow', 500)
        await within(LATENCY_BOUND_MS, 'a write over a slow line', write(pump, batch))
        await assertHolds(surroundings, [batch])
      }),
  },
  {
    name: 'ends a write within 100 ms of its abort when the target says nothing any more, and delivers when it is back',
    needs: 'network',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        await assertDelivers(pump, surroundings.target, 'connected')
        const network = needed(surroundings.faults, 'network')
        const batch = plainRecords('half-open', 50)
        const took: number[] = []
        for (let attempt = 1; attempt <= ABORT_ATTEMPTS; attempt++)
          took.push(await abortInSilence(pump, batch, network))
        assert.ok(Math.min(...took) <= ABORT_MS, `aborted writes ended after ${took.map(Math.round).join(', ')} ms`)
        await deliverEventually(pump, batch)
        await assertHolds(surroundings, [plainRecords('connected', 10), batch])
      }),
  },
  {
    name: 'delivers once more what was applied while its answer was lost',
    needs: 'network',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        await assertDelivers(pump, surroundings.target, 'connected')
        const network = needed(surroundings.faults, 'network')
        const batch = plainRecords('unanswered', 50)
        network.silence('toClient')
        const aborting = new AbortController()
        const writing = settled(pump.write(batch, aborting.signal))
        // It is at the target, and nobody knows.
        for (let waits = 0; waits < 100 && !(await holds(surroundings, batch)); waits++) await pause()
        aborting.abort(new Error('time is up'))
        await within(ABORT_BOUND_MS, 'a write without an answer', writing)
        network.heal()
        await deliverEventually(pump, batch)
        await assertHolds(surroundings, [plainRecords('connected', 10), batch])
      }),
  },
  {
    name: 'takes nothing for delivered while its connections are reset, and delivers it afterwards',
    needs: 'network',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        await assertDelivers(pump, surroundings.target, 'connected')
        const network = needed(surroundings.faults, 'network')
        const batch = plainRecords('reset', 50)
        network.refuse()
        // It throws, or it names every record as one to send again.
        const writing = write(pump, batch, AbortSignal.timeout(ABORT_BOUND_MS)).then(
          ({ retry }) => retry?.indexes.length ?? 0,
          () => batch.length,
        )
        const again = await within(LATENCY_BOUND_MS, 'a write to nobody', writing)
        assert.equal(again, batch.length, 'records of 50 that are to be sent again')
        network.heal()
        await deliverEventually(pump, batch)
        await assertHolds(surroundings, [plainRecords('connected', 10), batch])
      }),
  },
  {
    name: 'says by a check that throws that its target cannot be reached, and by one that does not that it can again',
    needs: 'network',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        if (pump.check === undefined) return
        const network = needed(surroundings.faults, 'network')
        network.refuse()
        await assert.rejects(
          within(LATENCY_BOUND_MS, 'a check', pump.check(AbortSignal.timeout(ABORT_BOUND_MS))),
          inWords,
        )
        network.heal()
        await deliverEventually(pump, plainRecords('back', 5))
        await pump.check(never())
      }),
  },
  {
    name: 'starts after starts that found nobody',
    needs: 'network',
    async run(surroundings) {
      const { definition, target, faults } = surroundings
      const network = needed(faults, 'network')
      const pump = create(definition, target.meta)
      try {
        network.refuse()
        for (let i = 0; i < 2; i++) {
          await within(LATENCY_BOUND_MS, 'a start', settled(pump.start?.(AbortSignal.timeout(ABORT_BOUND_MS))))
        }
        network.heal()
        await pump.start?.(never())
        const batch = plainRecords('started', 10)
        await deliverEventually(pump, batch)
        await assertFound(target, batch)
      } finally {
        await within(CLOSE_BOUND_MS, 'close', pump.close())
      }
    },
  },
  {
    name: 'closes while the target says nothing, and the write ends',
    needs: 'network',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        await assertDelivers(pump, surroundings.target, 'connected')
        silence(needed(surroundings.faults, 'network'))
        const writing = settled(pump.write(plainRecords('closing', 50), AbortSignal.timeout(ABORT_BOUND_MS)))
        await pause(UNDER_WAY_MS)
        await within(CLOSE_BOUND_MS, 'close', pump.close())
        await within(CLOSE_BOUND_MS, 'the write', writing)
      }),
  },
]

/** How long a write took to end after its abort, in ms. Afterwards the line is whole again. */
async function abortInSilence(pump: Pump, batch: readonly AnalyticsRecord[], network: FaultProxy): Promise<number> {
  silence(network)
  const aborting = new AbortController()
  const writing = pump.write(batch, aborting.signal)
  const ended = writing.then(
    () => assert.fail('a write without an answer resolved'),
    () => undefined,
  )
  await pause(UNDER_WAY_MS)
  const from = performance.now()
  aborting.abort(new Error('time is up'))
  await within(ABORT_BOUND_MS, 'a write cut short', ended)
  const tookMs = performance.now() - from
  network.heal()
  return tookMs
}

function silence(network: FaultProxy): void {
  network.silence('toClient')
  network.silence('toServer')
}

async function holds({ target }: Surroundings, batch: readonly AnalyticsRecord[]): Promise<boolean> {
  const found = new Set(await target.read())
  return batch.every(record => found.has(contractKey(record)))
}

function inWords(error: unknown): boolean {
  assert.ok(error instanceof Error && error.message.length > 0, 'an Error with a message')
  return true
}

function needed<K extends keyof CaseFaults>(faults: CaseFaults, name: K): NonNullable<CaseFaults[K]> {
  const fault = faults[name]
  assert.ok(fault, `the fault "${name}"`)
  return fault
}
