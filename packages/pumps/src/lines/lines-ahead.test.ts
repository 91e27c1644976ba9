import type { AnalyticsRecord } from '@pumphouse/record'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createJsonLines } from './json-lines.ts'
import { createLinesAhead, type ToLines } from './lines-ahead.ts'

const batchOf = (name: string): readonly AnalyticsRecord[] => Array.from({ length: 3 }, (_, n) => ({ name, n }))
const textOf = (lines: ReturnType<ToLines>): string => Buffer.concat(lines.chunks).toString()
const expected = (batch: readonly AnalyticsRecord[]): string =>
  batch.map(record => `${JSON.stringify(record)}\n`).join('')

function counted(): { made: () => number; make: () => ToLines } {
  let made = 0
  const make = (): ToLines => {
    const toLines = createJsonLines()
    return batch => {
      made += 1
      return toLines(batch)
    }
  }
  return { made: () => made, make }
}

test('the lines of a batch that was prepared are made once', () => {
  const { made, make } = counted()
  const ahead = createLinesAhead(make)
  const batch = batchOf('a')
  ahead.prepare(batch)
  expect(textOf(ahead.toLines(batch))).toBe(expected(batch))
  expect(made()).toBe(1)
})

test('a batch that is written again after it failed has its lines made again', () => {
  const ahead = createLinesAhead(createJsonLines)
  const [batch, next] = [batchOf('a'), batchOf('b')]
  ahead.prepare(batch)
  ahead.toLines(batch)
  ahead.prepare(next)
  expect(textOf(ahead.toLines(batch))).toBe(expected(batch))
  expect(textOf(ahead.toLines(next))).toBe(expected(next))
})

test('a preparation that fails leaves nothing behind that could be taken for the lines of another batch', () => {
  let fails = false
  const ahead = createLinesAhead(() => {
    const toLines = createJsonLines()
    return batch => {
      const lines = toLines(batch)
      if (fails) throw new Error('no memory')
      return lines
    }
  })
  const [first, second] = [batchOf('first'), batchOf('second')]
  ahead.prepare(first)
  fails = true
  expect(() => ahead.prepare(second)).toThrow('no memory')
  fails = false
  expect(textOf(ahead.toLines(first))).toBe(expected(first))
})

test('whatever is prepared while a batch is being written, its lines stay as they are', () => {
  const batches = ['a', 'b', 'c', 'd'].map(batchOf)
  const step = fc.record({ write: fc.nat(3), prepared: fc.array(fc.nat(3), { maxLength: 3 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), steps => {
      const ahead = createLinesAhead(createJsonLines)
      for (const { write, prepared } of steps) {
        const batch = batches[write] as readonly AnalyticsRecord[]
        const lines = ahead.toLines(batch)
        for (const i of prepared) ahead.prepare(batches[i] as readonly AnalyticsRecord[])
        expect(textOf(lines)).toBe(expected(batch))
      }
    }),
  )
})
