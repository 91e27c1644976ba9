/**
 * Leaves a target alone that has failed again and again: instead of every attempt running into its time limit, there is one a while.
 *
 *   closed ── `failures` failed attempts in a row ──▶ open ── openForMs ──▶ half-open ── the next attempt succeeds ──▶ closed
 *                                                      ▲                        └── it fails ──▶ open
 *
 * A pipeline makes one attempt at a time, so the first one after openForMs is the only probe. What waits meanwhile waits in Redis.
 */

export type BreakerState = 'closed' | 'open' | 'half-open'

/** The breaker of one pump. */
export interface Breaker {
  readonly state: BreakerState
  /** Milliseconds until an attempt may be made; 0 = now. */
  waitMs(): number
  /** The target took something, or refused it for good: it works. */
  succeeded(): void
  failed(): void
}

/** `failures` 0 = it never opens. `now` is a clock in milliseconds, default performance.now(). */
export function createBreaker(
  limits: { readonly failures: number; readonly openForMs: number },
  now: () => number = () => performance.now(),
): Breaker {
  let failures = 0
  let openUntil: number | undefined

  const waitMs = (): number => (openUntil === undefined ? 0 : Math.max(openUntil - now(), 0))

  return {
    get state() {
      if (openUntil === undefined) return 'closed'
      return waitMs() > 0 ? 'open' : 'half-open'
    },
    waitMs,
    succeeded() {
      failures = 0
      openUntil = undefined
    },
    failed() {
      failures += 1
      if (limits.failures > 0 && failures >= limits.failures) openUntil = now() + limits.openForMs
    },
  }
}
