import { createRequestWatch } from './requests/request-watch.ts'
import { createTally, type ReporterStats } from './tally.ts'

/** A reporter (see reporter.ts) that takes nothing and holds nothing: no connection, no thread, no timer, no counter. */
export function createDisabledReporter() {
  const { inherited, everSpooled: _, lastError: __, ...counters } = createTally()
  const stats: ReporterStats = {
    ...counters,
    sampledOutByRoute: {},
    queued: 0,
    altered: {},
    spool: { frames: 0, bytes: 0, ...inherited },
    workers: 0,
    redis: 'down',
  }
  return {
    disabled: true as const,
    requests: createRequestWatch({ capture: undefined, openRecordAfterMs: 0, errorMessages: false }),
    record: (): boolean => false,
    stats: (): ReporterStats => stats,
    flush: async (): Promise<boolean> => true,
    close: async (): Promise<ReporterStats> => stats,
    update: () => undefined,
    skip: undefined,
    hookFailed: () => undefined,
    warn: () => undefined,
  }
}
