/**
 * Batches that fill in quick succession go to their lane several at a time: to wake a thread, to push and to read a reply cost about as much for one as
 * for five. What comes after a pause goes at once.
 */

/** How long a batch waits for others at most: of a flush interval of a second, which a record may wait anyway, a part. */
const PACE_MS = 250
/** Of a flush interval, where that is short. */
const SHARE = 0.25

/** Calls of one function. */
export interface Pacing {
  now(): void
  /** At once if the last call is long enough ago, else when it is. */
  soon(): void
  /** Forgets what was to come. */
  end(): void
}

/** The timer keeps no process alive. What `act` throws on it is let go: only where somebody changed the built-in objects does it throw, and its caller goes on. */
export function createPacing(act: () => void, flushIntervalMs: number): Pacing {
  const paceMs = Math.min(PACE_MS, flushIntervalMs * SHARE)
  let rest: NodeJS.Timeout | undefined
  let wanted = false

  function now(): void {
    end()
    rest = setTimeout(rested, paceMs).unref()
    act()
  }

  function rested(): void {
    rest = undefined
    if (!wanted) return
    try {
      now()
    } catch {
      // The next call tries it again.
    }
  }

  function end(): void {
    clearTimeout(rest)
    rest = undefined
    wanted = false
  }

  return {
    now,
    soon() {
      if (rest === undefined) now()
      else wanted = true
    },
    end,
  }
}
