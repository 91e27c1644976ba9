import { expect, test } from 'vitest'
import { entryTime, isBefore } from './entry-id.ts'

test('ids compare by their time and then by their sequence, as numbers', () => {
  const ordered = ['5-0', '900-1', '1000-0', '1000-9', '1000-10', '1001-0']
  ordered.forEach((a, i) => {
    expect(ordered.map(b => isBefore(a, b))).toEqual(ordered.map((_, j) => i < j))
  })
})

test('the time of an id is its first part', () => {
  expect(entryTime('1700000000123-45')).toBe(1_700_000_000_123)
})
