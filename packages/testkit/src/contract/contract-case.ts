/** What a case of the contract suite is given, and what the cases do to a pump in common. */
import assert from 'node:assert/strict'
import { createPump, type Pump, type PumpDefinition, type WriteResult } from '@pumphouse/pumps'
import type { AnalyticsRecord } from '@pumphouse/record'
import type { FaultProxy } from '../proxy.ts'
import { within } from '../within.ts'
import { contractKey, plainRecords } from './contract-records.ts'
import type { ContractTarget } from './contract-target.ts'

/** The faults a case may cause at its own target; those that the tests of a pump offer. */
export interface CaseFaults {
  readonly network?: FaultProxy
  readonly restart?: () => Promise<void>
  readonly refuse?: (contractKeys: readonly string[]) => Promise<void>
}

export interface Surroundings {
  readonly definition: PumpDefinition
  readonly target: ContractTarget
  readonly faults: CaseFaults
}

/** What a case cannot do without. */
export type Need = 'ordered' | keyof CaseFaults

export interface Case {
  readonly name: string
  readonly needs?: Need
  run(surroundings: Surroundings): Promise<void>
}

/** An aborted call is over after this, or it holds up the pipeline's stop. */
export const ABORT_MS = 100
/** However busy the machine that tests is. */
export const ABORT_BOUND_MS = 5_000
/** Closing may have to say goodbye to a target, but not to wait for it. */
export const CLOSE_BOUND_MS = 10_000
/** A target that is back is found again within this. */
const RECOVERY_BOUND_MS = 60_000
const ATTEMPT_MS = 5_000
const PAUSE_MS = 50
const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

export const never = (): AbortSignal => new AbortController().signal
export const pause = (ms = PAUSE_MS): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

export function create(definition: PumpDefinition, meta: unknown): Pump {
  return createPump(definition, meta, { name: 'contract', log: SILENT })
}

/** Makes a pump to the target, started or not, and closes it whatever `use` ends with. */
export async function withPump(
  { definition, target }: Surroundings,
  started: boolean,
  use: (pump: Pump) => Promise<void>,
): Promise<void> {
  const pump = create(definition, target.meta)
  try {
    if (started) await pump.start?.(never())
    await use(pump)
  } finally {
    await within(CLOSE_BOUND_MS, 'close', pump.close())
  }
}

export async function write(
  pump: Pump,
  batch: readonly AnalyticsRecord[],
  signal: AbortSignal = never(),
): Promise<WriteResult> {
  return (await pump.write(batch, signal)) ?? {}
}

export async function assertDelivers(pump: Pump, target: ContractTarget, prefix: string): Promise<void> {
  const batch = plainRecords(prefix, 10)
  assertAllDelivered(await write(pump, batch))
  await assertFound(target, batch)
}

/** Writes as a pipeline does, again and again with a time limit, until all of the batch is delivered. */
export async function deliverEventually(pump: Pump, batch: readonly AnalyticsRecord[]): Promise<void> {
  const deadline = performance.now() + RECOVERY_BOUND_MS
  let open = batch
  for (;;) {
    try {
      const { rejected = [], retry } = await write(pump, open, AbortSignal.timeout(ATTEMPT_MS))
      assert.deepEqual(rejected, [], 'nothing is rejected for a fault of the network or of the server')
      if (retry === undefined) return
      open = Object.freeze(retry.indexes.map(index => open[index] as AnalyticsRecord))
    } catch (error) {
      if (error instanceof assert.AssertionError || performance.now() > deadline) throw error
    }
    await pause()
  }
}

/** Every record of the batch is at the target; once, if the pump says it is idempotent. */
export async function assertHolds(
  { definition, target }: Surroundings,
  batches: readonly (readonly AnalyticsRecord[])[],
): Promise<void> {
  const found = await sortedKeys(target)
  const expected = keysOf(batches.flat())
  assert.deepEqual(definition.idempotent ? found : [...new Set(found)], expected)
}

export async function assertFound(target: ContractTarget, batch: readonly AnalyticsRecord[]): Promise<void> {
  const found = new Set(await target.read())
  for (const key of keysOf(batch)) assert.ok(found.has(key), `${key} is not at the target`)
}

export function assertAllDelivered(result: WriteResult): void {
  assert.deepEqual(result.rejected ?? [], [], 'nothing is rejected')
  assert.equal(result.retry, undefined, 'nothing is to be sent again')
}

/** The rejected positions; each in the batch, once, with a reason to count by. */
export function assertRejections(result: WriteResult, size: number): ReadonlySet<number> {
  const rejected = result.rejected ?? []
  for (const { index, reason, message } of rejected) {
    assert.ok(Number.isInteger(index) && index >= 0 && index < size, `position ${index} in a batch of ${size}`)
    assert.match(reason, /^[a-z][a-z0-9_]*$/, 'the reason is a stable word')
    assert.equal(typeof message, 'string')
  }
  const indexes = new Set(rejected.map(({ index }) => index))
  assert.equal(indexes.size, rejected.length, 'no position is rejected twice')
  return indexes
}

export async function sortedKeys(target: ContractTarget): Promise<readonly string[]> {
  return [...(await target.read())].sort()
}

export function keysOf(records: readonly AnalyticsRecord[]): readonly string[] {
  return records.map(contractKey).sort()
}
