/**
 * Calls functions of the application so that none of them can harm a request: one that throws, or returns a promise, which nobody could wait for here, costs what it
 * would have said, and is counted.
 *
 * on ── MAX_FAILURES in a row ──→ off ── OFF_MS later: one call ──→ on, or off again
 */

import { ignoreRejection, isThenable } from '../thenable.ts'

/** Enough that it is no chance, few enough that it is soon over: an exception costs some microseconds of each request. */
const MAX_FAILURES = 20
/** What it needs may come back: a configuration, a connection. */
const OFF_MS = 60_000

/** Told of each failure; `off`: it will not be called for a while. May not throw. */
export type OnHookFailure = (hook: string, error: unknown, off: boolean) => void

/** What the call with `about` returns; undefined when it fails, and when the hook is switched off. Never throws. */
export type Guard = <A extends readonly unknown[], T>(
  hook: string,
  call: (...about: A) => T,
  ...about: A
) => T | undefined

interface HookState {
  failures: number
  offUntilMs: number
}

export function createHookGuard(
  onFailure: OnHookFailure,
  now: () => number = performance.now.bind(performance),
): Guard {
  const failing = new Map<string, HookState>()

  function failed(hook: string, error: unknown): void {
    const state = failing.get(hook) ?? { failures: 0, offUntilMs: 0 }
    state.failures++
    const off = state.failures >= MAX_FAILURES
    if (off) state.offUntilMs = now() + OFF_MS
    failing.set(hook, state)
    onFailure(hook, error, off)
  }

  return (hook, call, ...about) => {
    try {
      const state = failing.get(hook)
      if (state !== undefined && state.failures >= MAX_FAILURES && now() < state.offUntilMs) return undefined
      const returned = call(...about)
      if (!isThenable(returned)) {
        if (state !== undefined) failing.delete(hook)
        return returned
      }
      ignoreRejection(returned)
      throw new TypeError('it returned a promise')
    } catch (error) {
      failed(hook, error)
      return undefined
    }
  }
}
