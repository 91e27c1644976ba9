import { expect, test } from 'vitest'
import { readRetryAfter } from './retry-after.ts'
import { clockGapInWords } from './server-time.ts'

const NOW = Date.UTC(2026, 0, 1)
const HOUR_MS = 3_600_000
const text = (at: number) => new Date(at).toUTCString()

test('reads Retry-After in seconds and as a date', () => {
  expect(readRetryAfter({ 'retry-after': '3' }, NOW)).toBe(3_000)
  expect(readRetryAfter({ 'retry-after': text(NOW + 5_000) }, NOW)).toBe(5_000)
  expect(readRetryAfter({ 'retry-after': text(NOW - 5_000) }, NOW)).toBe(0)
  expect(readRetryAfter({ 'retry-after': 'later' }, NOW)).toBeUndefined()
  expect(readRetryAfter({}, NOW)).toBeUndefined()
})

test.for([-HOUR_MS, HOUR_MS])('holds a date against the clock it comes from, which is %i ms off', offMs => {
  const date = text(NOW + offMs)
  expect(readRetryAfter({ date, 'retry-after': text(NOW + offMs + 7_000) }, NOW)).toBe(7_000)
  expect(readRetryAfter({ date, 'retry-after': text(NOW + offMs - 7_000) }, NOW)).toBe(0)
  expect(readRetryAfter({ date: 'now', 'retry-after': text(NOW + 7_000) }, NOW)).toBe(7_000)
})

test('says in words how far two clocks are apart, when they are', () => {
  expect(clockGapInWords(NOW + 61 * 60_000, NOW)).toBe('its clock is 61 min ahead of ours')
  expect(clockGapInWords(NOW - 45_000, NOW)).toBe('its clock is 45 s behind ours')
  expect(clockGapInWords(NOW - 29_000, NOW)).toBeUndefined()
  expect(clockGapInWords(undefined, NOW)).toBeUndefined()
})
