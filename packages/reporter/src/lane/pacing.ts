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
  /** At once if the last call is long enough ago, else when it is. */
  soon(): void
  /** Forgets what was to come. */
  end(): void
}

/**
 * The timer keeps no process alive. Where timers do not work, because somebody changed them, each call is at once; what `act` throws on the timer is let go, and the next
 * call tries it again.
 */
export function createPacing(act: () => void, flushIntervalMs: number): Pacing {
  const paceMs = Math.min(PACE_MS, flushIntervalMs * SHARE)
  let rest: NodeJS.Timeout | undefined
  let wanted = false

  function actAndRest(): void {
    act()
    try {
      rest = setTimeout(rested, paceMs).unref()
    } catch {
      rest = undefined
    }
  }

  function rested(): void {
    rest = undefined
    if (!wanted) return
    wanted = false
    try {
      actAndRest()
    } catch {
      // Only where somebody changed the built-in objects.
    }
  }

  return {
    soon() {
      if (rest === undefined) actAndRest()
      else wanted = true
    },
    end: () => clearTimeout(rest),
  }
}
