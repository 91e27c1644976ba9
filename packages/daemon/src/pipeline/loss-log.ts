import type { PumpLog } from '@pumphouse/pumps'

/** One line a minute and reason at most: a target that rejects everything must not drown the log. */
const WINDOW_MS = 60_000

/** Says what went to the dead letters: at once when a reason is new, then summed up. */
export interface LossLog {
  /** `records` went to the dead letters for `reason`; `message` is an example of what was said. */
  add(reason: string, records: number, message: string): void
  /** Says what was not said yet. */
  flush(): void
}

interface Tally {
  unsaid: number
  message: string
  saidAt: number
}

/** `fields` go into every line. */
export function createLossLog(log: PumpLog, fields: object, windowMs = WINDOW_MS): LossLog {
  const tallies = new Map<string, Tally>()

  function say(reason: string, tally: Tally): void {
    log.warn({ ...fields, reason, records: tally.unsaid, message: tally.message }, 'records went to the dead letters')
    tally.unsaid = 0
    tally.saidAt = performance.now()
  }

  return {
    add(reason, records, message) {
      const tally = tallies.get(reason) ?? { unsaid: 0, message, saidAt: Number.NEGATIVE_INFINITY }
      tallies.set(reason, tally)
      tally.unsaid += records
      tally.message = message
      if (performance.now() - tally.saidAt >= windowMs) say(reason, tally)
    },
    flush() {
      for (const [reason, tally] of tallies) if (tally.unsaid > 0) say(reason, tally)
    },
  }
}
