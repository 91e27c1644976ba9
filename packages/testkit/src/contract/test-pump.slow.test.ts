import { definePump, type Pump, type PumpDefinition, type WriteResult } from '@pumphouse/pumps'
import type { AnalyticsRecord } from '@pumphouse/record'
import { expect, test } from 'vitest'
import type { ContractTarget } from './contract-target.ts'
import { testPump } from './test-pump.ts'

type Write = (batch: readonly AnalyticsRecord[], signal: AbortSignal) => Promise<WriteResult>

/** A pump that keeps its word, to a target in memory; `broken` overrides what a test wants to see caught. */
function memoryPump(stored: string[], idempotent: boolean, broken: (good: Pump) => Partial<Pump>): PumpDefinition {
  return definePump({
    type: 'memory',
    summary: 'Keeps records in memory.',
    idempotent,
    options: { name: { doc: 'A name.', format: 'string', default: null, required: true } },
    create() {
      const seen = new Set<unknown>()
      const write: Write = async (batch, signal) => {
        signal.throwIfAborted()
        for (const { id, contractKey } of batch) {
          if (idempotent && seen.has(id)) continue
          seen.add(id)
          stored.push(String(contractKey))
        }
        return {}
      }
      const good: Pump = { start: async () => {}, write, check: async () => {}, close: async () => {} }
      return { ...good, ...broken(good) }
    },
  })
}

/** The names of the cases that fail. */
async function failures(broken: (good: Pump, stored: string[]) => Partial<Pump>, idempotent = true): Promise<string> {
  const stored: string[] = []
  const definition = memoryPump(stored, idempotent, good => broken(good, stored))
  const setUp = async (): Promise<ContractTarget> => {
    stored.length = 0
    return { meta: { name: 'a' }, read: async () => stored }
  }
  const failed: string[] = []
  for (const { name, run } of testPump({ definition, setUp, ordered: true }).filter(({ skip }) => skip === false)) {
    await run().catch(() => failed.push(name))
  }
  return failed.join('\n')
}

test('a pump that keeps the contract passes, idempotent or not', async () => {
  expect(await failures(() => ({}))).toBe('')
  expect(await failures(() => ({}), false)).toBe('')
})

test.for<[string, (good: Pump, stored: string[]) => Partial<Pump>, RegExp]>([
  [
    'loses a record',
    good => ({ write: (batch, signal) => good.write(batch.slice(1), signal) }),
    /everything at the target/,
  ],
  [
    'resolves before it has written',
    good => ({
      async write(batch, signal) {
        setTimeout(() => void good.write(batch, signal).catch(() => undefined), 5)
      },
    }),
    /everything at the target/,
  ],
  [
    'changes the records of its batch',
    good => ({
      write(batch, signal) {
        for (const record of batch)
          for (const value of Object.values(record)) if (value instanceof Date) value.setTime(1)
        return good.write(batch, signal)
      },
    }),
    /leaves the batch/,
  ],
  [
    'throws on what a record may hold',
    good => ({
      write: async (batch, signal) => {
        JSON.stringify(batch)
        return good.write(batch, signal)
      },
    }),
    /whatever a record can hold/,
  ],
  [
    'rejects a neighbour',
    good => ({
      write: async (batch, signal) => {
        if (batch.length < 2 || !('a' in batch[3]!)) return good.write(batch, signal)
        await good.write(batch.slice(1), signal)
        return { rejected: [{ index: 0, reason: 'validation', message: '' }] }
      },
    }),
    /whatever a record can hold/,
  ],
  [
    'rejects a position that does not exist',
    good => ({
      write: async (batch, signal) => {
        await good.write(batch, signal)
        return { rejected: [{ index: batch.length, reason: 'validation', message: '' }] }
      },
    }),
    /whatever a record can hold/,
  ],
  [
    'ignores an aborted signal',
    good => ({ write: batch => good.write(batch, new AbortController().signal) }),
    /has aborted/,
  ],
  [
    'stores a redelivered record twice though it says otherwise',
    (_, stored) => ({
      async write(batch, signal) {
        signal.throwIfAborted()
        stored.push(...batch.map(record => String(record['contractKey'])))
      },
    }),
    /redelivered/,
  ],
  [
    'writes to the target in a check',
    (_, stored) => ({
      check: async () => {
        stored.push('checked')
      },
    }),
    /by a check/,
  ],
  [
    'loses what it holds when it reopens',
    (_, stored) => ({
      reopen: async () => {
        stored.length = 0
      },
    }),
    /reopens/,
  ],
  ['throws when it is closed', () => ({ close: () => Promise.reject(new Error('not open')) }), /closes before/],
  ['cannot start after a start that failed', once, /starts after/],
])('a pump that %s is caught', async ([_, broken, caught]) => {
  expect(await failures(broken)).toMatch(caught)
})

/** Remembers the first start for ever, as a cached connection attempt does. */
function once(): Partial<Pump> {
  let first: Promise<void> | undefined
  return {
    start(signal) {
      first ??= signal.aborted ? Promise.reject(signal.reason) : Promise.resolve()
      return first
    },
  }
}
