import { expect, test } from 'vitest'
import { createBreaker } from './breaker.ts'

/** A breaker of 3 failures and 1000 ms, on a clock that stands until it is set. */
function breakerAt(failures = 3) {
  const clock = { ms: 5_000 }
  return { clock, breaker: createBreaker({ failures, openForMs: 1_000 }, () => clock.ms) }
}
const fail = (breaker: { failed(): void }, times: number): void => {
  for (let i = 0; i < times; i++) breaker.failed()
}

test('it stays closed below its number of failures, and a success starts the count over', () => {
  const { breaker } = breakerAt()
  fail(breaker, 2)
  breaker.succeeded()
  fail(breaker, 2)
  expect(breaker.state).toBe('closed')
  expect(breaker.waitMs()).toBe(0)
})

test('it opens at its number of failures in a row, for its time', () => {
  const { breaker, clock } = breakerAt()
  fail(breaker, 3)
  expect(breaker.state).toBe('open')
  expect(breaker.waitMs()).toBe(1_000)
  clock.ms += 999
  expect(breaker.state).toBe('open')
  expect(breaker.waitMs()).toBe(1)
})

test('after its time one attempt may be made; when that fails it is open again at once', () => {
  const { breaker, clock } = breakerAt()
  fail(breaker, 3)
  clock.ms += 1_000
  expect(breaker.state).toBe('half-open')
  expect(breaker.waitMs()).toBe(0)
  breaker.failed()
  expect(breaker.state).toBe('open')
  expect(breaker.waitMs()).toBe(1_000)
})

test('a probe that succeeds closes it, and it takes all its failures to open again', () => {
  const { breaker, clock } = breakerAt()
  fail(breaker, 3)
  clock.ms += 1_000
  breaker.succeeded()
  expect(breaker.state).toBe('closed')
  fail(breaker, 2)
  expect(breaker.state).toBe('closed')
})

test('while one attempt probes the others wait, until it has shown something', () => {
  const { breaker, clock } = breakerAt()
  fail(breaker, 3)
  clock.ms += 1_000
  breaker.began()
  expect(breaker.state).toBe('half-open')
  expect(breaker.waitMs()).toBeGreaterThan(0)
  breaker.failed()
  expect(breaker.waitMs()).toBe(1_000)
  clock.ms += 1_000
  breaker.began()
  breaker.succeeded()
  expect(breaker.waitMs()).toBe(0)
  breaker.began()
  expect(breaker.waitMs()).toBe(0)
})

test('with 0 failures it never opens', () => {
  const { breaker } = breakerAt(0)
  fail(breaker, 100)
  expect(breaker.state).toBe('closed')
})
