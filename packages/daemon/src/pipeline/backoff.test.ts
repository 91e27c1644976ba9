import { expect, test } from 'vitest'
import { createBackoff } from './backoff.ts'

test('the ceiling of a wait doubles up to its maximum, and starts over after a reset', () => {
  const backoff = createBackoff({ initialMs: 100, maxMs: 500 }, () => 1)
  expect([backoff.next(), backoff.next(), backoff.next(), backoff.next(), backoff.next()]).toEqual([
    100, 200, 400, 500, 500,
  ])
  backoff.reset()
  expect(backoff.next()).toBe(100)
})

test('a wait is anything from nothing to the ceiling', () => {
  expect(createBackoff({ initialMs: 100, maxMs: 500 }, () => 0).next()).toBe(0)
  expect(createBackoff({ initialMs: 100, maxMs: 500 }, () => 0.25).next()).toBe(25)
})
