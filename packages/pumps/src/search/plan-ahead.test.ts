import type { AnalyticsRecord } from '@pumphouse/record'
import { until } from '@pumphouse/testkit'
import { expect, test } from 'vitest'
import { createBulkPlanner } from './bulk-items.ts'
import type { IndexPattern } from './index-pattern.ts'
import { readIndexPattern } from './index-pattern.ts'
import { createPlanAhead } from './plan-ahead.ts'

const RECORDS = 1_050

/** Records that note when their lines are made. */
function batchOf(name: string, made: string[]): readonly AnalyticsRecord[] {
  return Array.from({ length: RECORDS }, (_, n) => {
    const toJSON = (): number => made.push(`${name}${n}`)
    // Every hundredth cannot be written.
    return { id: n % 100 === 0 ? '' : `${name}${n}`, n: { toJSON } as never }
  })
}

function setUp() {
  const made: string[] = []
  const index = readIndexPattern('requests') as IndexPattern
  const begin = createBulkPlanner({ index, dataStream: false, routing: undefined })
  const ahead = createPlanAhead(begin)
  const idsIn = (body: Buffer): string[] =>
    String(body)
      .split('\n')
      .filter(line => line.startsWith('{"create"'))
      .map(line => JSON.parse(line).create._id)
  return { made, ahead, begin, idsIn, first: batchOf('a', made), second: batchOf('b', made) }
}

const written = (name: string) =>
  Array.from({ length: RECORDS }, (_, n) => `${name}${n}`).filter((_, n) => n % 100 !== 0)

test('a batch that was prepared is planned once, in parts, and anew when it is written again', async () => {
  const { made, ahead, idsIn, first } = setUp()
  ahead.prepare(first)
  expect(made).toEqual([])
  await until('it is planned', () => made.length === written('a').length)
  const { body, items, rejected } = ahead.planOf(first)
  expect(made).toEqual(written('a'))
  expect(idsIn(body)).toEqual(written('a'))
  expect(items.map(({ position }) => `a${position}`)).toEqual(written('a'))
  expect(rejected.map(({ index }) => index)).toEqual(Array.from({ length: 11 }, (_, i) => i * 100))
  expect(idsIn(ahead.planOf(first).body)).toEqual(written('a'))
  expect(made).toHaveLength(2 * written('a').length)
})

test('what of a batch is not ready when it is written is made then, and nothing twice', async () => {
  const { made, ahead, idsIn, first } = setUp()
  ahead.prepare(first)
  await new Promise(resolve => setImmediate(resolve))
  await new Promise(resolve => setImmediate(resolve))
  expect(made.length).toBeGreaterThan(0)
  expect(made.length).toBeLessThan(written('a').length)
  expect(idsIn(ahead.planOf(first).body)).toEqual(written('a'))
  expect(made).toEqual(written('a'))
})

test('a batch that was not prepared has a plan of its own, and the prepared one stays ready', async () => {
  const { made, ahead, idsIn, first, second } = setUp()
  ahead.prepare(first)
  expect(idsIn(ahead.planOf(second).body)).toEqual(written('b'))
  await until('the other is planned', () => made.length === 2 * written('a').length)
  expect(idsIn(ahead.planOf(first).body)).toEqual(written('a'))
  expect(made).toHaveLength(2 * written('a').length)
})

test('only the last one that was prepared goes on, and none after a clear', async () => {
  const { made, ahead, first, second } = setUp()
  ahead.prepare(first)
  ahead.prepare(second)
  await until('it is planned', () => made.length >= written('b').length)
  expect(made).toEqual(written('b'))
  ahead.prepare(first)
  ahead.clear()
  await new Promise(resolve => setImmediate(resolve))
  expect(made).toEqual(written('b'))
})

test('what fails in a preparation is left to the write', async () => {
  const { ahead } = setUp()
  const broken: readonly AnalyticsRecord[] = [
    Object.defineProperty({} as AnalyticsRecord, 'id', {
      get() {
        throw new Error('broken')
      },
    }),
  ]
  const uncaught: unknown[] = []
  const note = (error: unknown): void => void uncaught.push(error)
  process.on('uncaughtException', note)
  ahead.prepare(broken)
  await new Promise(resolve => setImmediate(resolve))
  process.off('uncaughtException', note)
  expect(uncaught).toEqual([])
  expect(() => ahead.planOf(broken)).toThrow('broken')
})
