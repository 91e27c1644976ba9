import { expect, test } from 'vitest'
import { createRateLimit } from './rate-limit.ts'

/** 100 records in 1000 ms, on a clock that stands until it is set. */
function limited() {
  const clock = { ms: 5_000 }
  return { clock, limit: createRateLimit({ maxRecords: 100, perMs: 1_000 }, () => clock.ms) }
}

test('the first batch goes at once, the next when the time of its records is over', () => {
  const { limit, clock } = limited()
  expect(limit.admit(50)).toBe(0)
  expect(limit.admit(10)).toBe(500)
  expect(limit.admit(10)).toBe(600)
  clock.ms += 650
  expect(limit.admit(1)).toBe(50)
})

test('time in which nothing was sent is not saved up', () => {
  const { limit, clock } = limited()
  limit.admit(100)
  clock.ms += 60_000
  expect(limit.admit(100)).toBe(0)
  expect(limit.admit(1)).toBe(1_000)
})

test('a batch larger than the limit goes as it is, and the next waits for all of it', () => {
  const { limit } = limited()
  expect(limit.admit(1_000)).toBe(0)
  expect(limit.admit(1)).toBe(10_000)
})
