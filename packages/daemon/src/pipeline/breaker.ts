/**
 * Leaves a target alone that has failed again and again: instead of every attempt running into its time limit, there is one a while.
 *
 *   closed ── `failures` failed attempts in a row ──▶ open ── openForMs ──▶ half-open ── the next attempt succeeds ──▶ closed
 *                                                      ▲                        └── it fails ──▶ open
 *
 * Half-open lets one attempt through: the first that says it begins. The others of the pipeline wait for what comes of it, and what waits
 * meanwhile waits in Redis.
 */

export type BreakerState = 'closed' | 'open' | 'half-open'

/** How often an attempt that waits for the probe asks what came of it. */
const PROBE_LOOK_MS = 100

/** The breaker of one pump. */
export interface Breaker {
  readonly state: BreakerState
  /** Milliseconds until an attempt may be made, or may be asked for again; 0 = now. */
  waitMs(): number
  /** An attempt is being made. */
  began(): void
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

  /** An attempt shows whether the target works again. */
  let probing = false

  const openForMore = (): number => (openUntil === undefined ? 0 : Math.max(openUntil - now(), 0))

  return {
    get state() {
      if (openUntil === undefined) return 'closed'
      return openForMore() > 0 ? 'open' : 'half-open'
    },
    waitMs: () => (probing ? PROBE_LOOK_MS : openForMore()),
    began() {
      probing = openUntil !== undefined
    },
    succeeded() {
      failures = 0
      probing = false
      openUntil = undefined
    },
    failed() {
      failures += 1
      probing = false
      if (limits.failures > 0 && failures >= limits.failures) openUntil = now() + limits.openForMs
    },
  }
}
