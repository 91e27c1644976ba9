import type { AnalyticsRecord } from '@pumphouse/record'
import { expect, test } from 'vitest'
import { type BulkPlan, bodyOf } from './bulk-items.ts'
import { createPlanAhead } from './plan-ahead.ts'

const first = [{ id: 'a' }]
const second = [{ id: 'b' }]

/** Notes what it plans. */
function setUp() {
  const planned: string[] = []
  const ahead = createPlanAhead((batch: readonly AnalyticsRecord[]): BulkPlan => {
    planned.push(...batch.map(({ id }) => String(id)))
    const items = batch.map(({ id }, position) => ({ position, lines: `${id}\n` }))
    return { items, rejected: [], body: bodyOf(items) }
  })
  return { ahead, planned, bodyOfBatch: (batch: readonly AnalyticsRecord[]) => String(ahead.planOf(batch).body) }
}

test('a batch that was prepared is planned once, and anew when it is written again', () => {
  const { ahead, planned, bodyOfBatch } = setUp()
  ahead.prepare(first)
  expect(bodyOfBatch(first)).toBe('a\n')
  expect(planned).toEqual(['a'])
  expect(bodyOfBatch(first)).toBe('a\n')
  expect(planned).toEqual(['a', 'a'])
})

test('a batch that was not prepared has a plan of its own, and the prepared one stays ready', () => {
  const { ahead, planned, bodyOfBatch } = setUp()
  ahead.prepare(first)
  expect(bodyOfBatch(second)).toBe('b\n')
  expect(bodyOfBatch(first)).toBe('a\n')
  expect(planned).toEqual(['a', 'b'])
})

test('only the last one that was prepared is ready, and none after a clear', () => {
  const { ahead, planned, bodyOfBatch } = setUp()
  ahead.prepare(first)
  ahead.prepare(second)
  expect(bodyOfBatch(first)).toBe('a\n')
  expect(planned).toEqual(['a', 'b', 'a'])
  ahead.clear()
  expect(bodyOfBatch(second)).toBe('b\n')
  expect(planned).toEqual(['a', 'b', 'a', 'b'])
})
