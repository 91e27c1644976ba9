/**
 * How a loop shows that it is alive. Before each thing it waits for, it says how long that may take at most; a loop that has not come back
 * by then is overdue, which health reports as stalled. A loop that waits for another loop of its pipeline is parked: the other one answers.
 */
export interface Heartbeat {
  /** A step was made, and the next one will come within `ms` milliseconds. */
  beat(withinMs: number): void
  /** A step was made, and the next one is up to somebody else. */
  park(): void
  readonly parked: boolean
  /** Milliseconds since the last step. */
  sinceMs(): number
  /** True when the announced time is over. */
  overdue(): boolean
}

/** A timer may be late by as much as the event loop is busy; this much more than announced is no stall yet. */
const GRACE_MS = 5_000

/** `graceMs` (default 5000) is added to every announced time. */
export function createHeartbeat(graceMs = GRACE_MS): Heartbeat {
  let last = performance.now()
  let dueAt = Number.POSITIVE_INFINITY
  return {
    beat(withinMs) {
      last = performance.now()
      dueAt = last + withinMs + graceMs
    },
    park() {
      last = performance.now()
      dueAt = Number.POSITIVE_INFINITY
    },
    get parked() {
      return dueAt === Number.POSITIVE_INFINITY
    },
    sinceMs: () => performance.now() - last,
    overdue: () => performance.now() > dueAt,
  }
}
