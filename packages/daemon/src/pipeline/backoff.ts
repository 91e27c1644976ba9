/** Waiting times between attempts. */
export interface Backoff {
  /** How long to wait before the next attempt, in milliseconds. */
  next(): number
  /** The next wait is a first one again. */
  reset(): void
}

/**
 * Exponential backoff with full jitter: each wait is random between 0 and a ceiling that doubles from `initialMs` to `maxMs`. Full jitter
 * spreads many clients of a recovering server best (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 */
export function createBackoff(
  limits: { readonly initialMs: number; readonly maxMs: number },
  random: () => number = Math.random,
): Backoff {
  let ceilingMs = limits.initialMs
  return {
    next() {
      const waitMs = random() * Math.min(ceilingMs, limits.maxMs)
      ceilingMs = Math.min(ceilingMs * 2, limits.maxMs)
      return waitMs
    },
    reset() {
      ceilingMs = limits.initialMs
    },
  }
}
