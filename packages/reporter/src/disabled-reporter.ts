import type { Reporter } from './reporter.ts'
import { createTally, type ReporterStats } from './tally.ts'

/** A reporter that takes nothing and holds nothing: no connection, no thread, no timer, no counter. */
export function createDisabledReporter(): Reporter {
  const { inherited, everSpooled: _, lastError: __, ...counters } = createTally()
  const stats: ReporterStats = {
    ...counters,
    queued: 0,
    altered: {},
    spool: { frames: 0, bytes: 0, ...inherited },
    workers: 0,
    redis: 'down',
  }
  return {
    disabled: true,
    record: () => false,
    stats: () => stats,
    flush: async () => true,
    close: async () => stats,
    hookFailed: () => undefined,
    warn: () => undefined,
  }
}
