import { expect, test } from 'vitest'
import { type IndexPattern, readIndexPattern, timeOf } from './index-pattern.ts'

const NEW_YEARS_EVE = Date.UTC(2026, 11, 31, 23, 59)
const HOUR_MS = 3_600_000

const pattern = (text: string): IndexPattern => {
  const read = readIndexPattern(text)
  if (typeof read === 'string') throw new Error(read)
  return read
}

test('gives each record the index of its date in UTC', () => {
  const { nameAt, wildcard, stem } = pattern('requests-{yyyy.MM.dd}')
  expect([nameAt(NEW_YEARS_EVE), nameAt(NEW_YEARS_EVE + HOUR_MS), nameAt(NEW_YEARS_EVE)]).toEqual([
    'requests-2026.12.31',
    'requests-2027.01.01',
    'requests-2026.12.31',
  ])
  expect({ wildcard, stem }).toEqual({ wildcard: 'requests-*', stem: 'requests' })
})

test('takes parts of a date one by one, down to the hour', () => {
  expect(pattern('{yyyy}-audit-{MM_dd}-{HH}').nameAt(NEW_YEARS_EVE)).toBe('2026-audit-12_31-23')
  expect(pattern('requests').nameAt(0)).toBe('requests')
})

test.for(['Requests', '_requests', '-x', 'a b', 'a*', 'a/b', 'a{', 'a-{week}', 'a-{}', '', 'x'.repeat(256)])(
  'says what is wrong with "%s"',
  text => {
    expect(readIndexPattern(text)).toBeTypeOf('string')
  },
)

test('a timestamp that is none, or beyond the years of four digits, leaves the time to the id', () => {
  const id = '6921f0000000000000000000'
  const fromId = 0x6921f000 * 1000
  expect(timeOf({ id, timestamp: 5 })).toBe(5)
  expect(timeOf({ id, timestamp: new Date(7) as never })).toBe(7)
  for (const timestamp of [undefined, 'soon', Number.NaN, -1, 1e18, new Date(Number.NaN)]) {
    expect(timeOf({ id, timestamp: timestamp as never })).toBe(fromId)
  }
  expect(timeOf({ id: 'no hex' })).toBe(0)
})
