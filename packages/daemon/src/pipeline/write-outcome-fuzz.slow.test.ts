import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openAccount } from './batch-account.ts'
import { isSettled, trackFrame } from './tracked-frame.ts'
import { outcomeOfError, outcomeOfResult, type WriteOutcome } from './write-outcome.ts'

const RUNS = 5_000
const SIZE = 5

/** Near enough to a result that much of it is taken, and mostly none. */
const index = fc.oneof({ weight: 8, arbitrary: fc.nat(SIZE - 1) }, { weight: 1, arbitrary: fc.anything() })
const result = fc.record(
  {
    rejected: fc.oneof(
      {
        weight: 6,
        arbitrary: fc.array(fc.record({ index, reason: fc.anything(), message: fc.anything() }), { maxLength: 3 }),
      },
      { weight: 1, arbitrary: fc.anything() },
    ),
    retry: fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          indexes: fc.array(index, { maxLength: 3 }),
          error: fc.anything(),
          afterMs: fc.anything(),
        }),
      },
      { weight: 1, arbitrary: fc.anything() },
    ),
  },
  { requiredKeys: [] },
)

/** Applies an answer to a batch of two frames, then delivers what is left; returns how many records each fate got. */
function fates(outcome: WriteOutcome): { delivered: number; deadLettered: number } {
  const frames = [2, 3].map((count, i) => trackFrame(0, { id: `${i}-0`, bytes: undefined, count, deliveries: 1 }))
  const records = Object.freeze(Array.from({ length: SIZE }, (_, n) => Object.freeze({ n })))
  const settled = new Set<object>()
  const account = openAccount({ records, spans: frames.map(frame => ({ frame, count: frame.count })) }, frame => {
    expect(settled.has(frame), 'a frame settles once').toBe(false)
    settled.add(frame)
  })
  if (outcome.kind === 'rejected') account.refuse({ ...outcome, attempts: 1 })
  else {
    if (outcome.kind === 'partial') account.split(outcome, 1)
    account.deliver()
  }
  expect(frames.every(isSettled)).toBe(true)
  const sum = (term: 'delivered' | 'deadLettered'): number => frames.reduce((total, frame) => total + frame[term], 0)
  return { delivered: sum('delivered'), deadLettered: sum('deadLettered') }
}

test('whatever a pump answers, every record of the batch has one fate and every frame settles once', () => {
  const kinds = new Set<string>()
  fc.assert(
    fc.property(fc.oneof({ weight: 4, arbitrary: result }, { weight: 1, arbitrary: fc.anything() }), answer => {
      const outcome = outcomeOfResult(answer, SIZE)
      kinds.add(outcome.kind)
      const { delivered, deadLettered } = fates(outcome)
      expect(delivered + deadLettered).toBe(SIZE)
      expect(deadLettered).toBe(outcome.kind === 'partial' ? outcome.rejected.length : 0)
    }),
    { numRuns: RUNS },
  )
  expect([...kinds].sort()).toEqual(['delivered', 'partial', 'retryable'])
})

test('whatever a pump throws, its records are sent again or dead-lettered', () => {
  fc.assert(
    fc.property(fc.anything(), thrown => {
      expect(outcomeOfError(thrown).kind).toMatch(/^(retryable|rejected)$/)
    }),
    { numRuns: RUNS },
  )
})
