import { expect, test } from 'vitest'
import { createHookGuard, type Guard } from './hook-guard.ts'

const FAILURES_UNTIL_OFF = 20

function guard() {
  const failures: [string, unknown, boolean][] = []
  let nowMs = 0
  const guarded: Guard = createHookGuard(
    (...failure) => void failures.push(failure),
    () => nowMs,
  )
  const fail = (hook = 'enrich'): unknown =>
    guarded(hook, () => {
      throw new Error('of the application')
    })
  return { guarded, failures, fail, later: (ms: number) => (nowMs += ms) }
}

test('a hook that throws or returns a promise costs what it would have said', () => {
  const { guarded, failures, fail } = guard()
  expect(guarded('username', () => 'ann')).toBe('ann')
  expect(fail()).toBeUndefined()
  expect(guarded('enrich', () => Promise.reject(new Error('nobody waits')))).toBeUndefined()
  expect(failures.map(([hook, , off]) => [hook, off])).toEqual([
    ['enrich', false],
    ['enrich', false],
  ])
})

test('one that keeps failing is not called for a minute, then once, and goes on when that is fine', () => {
  const { guarded, failures, fail, later } = guard()
  for (let i = 0; i < FAILURES_UNTIL_OFF + 30; i++) fail()
  expect(failures).toHaveLength(FAILURES_UNTIL_OFF)
  expect(failures.filter(([, , off]) => off)).toHaveLength(1)
  expect(guarded('username', () => 'others are called')).toBe('others are called')
  later(60_000)
  fail()
  fail()
  expect(failures).toHaveLength(FAILURES_UNTIL_OFF + 1)
  later(60_000)
  expect(guarded('enrich', () => 'fine')).toBe('fine')
  expect(guarded('enrich', () => 'again')).toBe('again')
})

test('failures between calls that are fine switch nothing off', () => {
  const { guarded, failures, fail } = guard()
  for (let i = 0; i < 100; i++) {
    fail()
    guarded('enrich', () => undefined)
  }
  expect(failures).toHaveLength(100)
  expect(failures.some(([, , off]) => off)).toBe(false)
})
