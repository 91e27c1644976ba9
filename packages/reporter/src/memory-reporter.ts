/** A reporter for an application's own tests: what would be in the set is in memory, to be looked at. */

import { errorMessage } from '@pumphouse/options'
import { type AnalyticsRecord, decodeFrame, encodeFrame } from '@pumphouse/record'
import type { LaneOrder, LaneSettings } from './lane/lane-messages.ts'
import type { LaneRunner, RunnerListener } from './lane/lane-runner.ts'
import { createRedaction } from './lane/redaction.ts'
import { loadReporterOptions, type ReporterOptions } from './options.ts'
import { type Reporter, startReporter } from './reporter.ts'
import { createReload } from './reporter-changes.ts'

/** A reporter that keeps what it would send. */
export interface MemoryReporter extends Reporter {
  /** What the daemon would read: sampled, redacted, with ids; complete after `await flush()`. The newest MAX_RECORDS of them. */
  readonly records: readonly AnalyticsRecord[]
  /** Forgets the records so far. */
  clear(): void
}

/** A test that looks at more would not look at them one by one. */
const MAX_RECORDS = 100_000

/**
 * Takes the options of createReporter, of which `service` may be left out, and neither connects nor starts a thread nor writes a file nor listens to the process. Records go the whole way that
 * those of a real one go, up to Redis. Throws OptionsError.
 */
export function createMemoryReporter(options: ReporterOptions = {}): MemoryReporter {
  const given = { service: 'test', ...options, spool: { mode: 'off' } } as const
  const records: AnalyticsRecord[] = []

  function startRunner(settings: LaneSettings, { onEvent }: RunnerListener): LaneRunner {
    const { service, instance, lane } = settings
    let redact = createRedaction(settings.redact, onEvent)
    let ended = false

    function take({ sequence, baseId, counters, batch }: LaneOrder): void {
      if (ended) return
      try {
        const producer = { service, instance, lane, sequence, counters }
        records.push(...decodeFrame(encodeFrame(baseId, producer, redact(batch))).records)
        records.splice(0, records.length - MAX_RECORDS)
        onEvent({ type: 'sent', sequences: [sequence] })
      } catch (error) {
        onEvent({ type: 'unencodable', sequence, message: errorMessage(error) })
      }
    }

    setImmediate(() => ended || onEvent({ type: 'connection', up: true }))
    return {
      post: order => void setImmediate(take, order),
      change(change) {
        redact = createRedaction(change.redact, onEvent)
      },
      note: () => undefined,
      async end() {
        ended = true
      },
    }
  }

  const settings = { ...loadReporterOptions(given), poolSize: 1 }
  const reporter = startReporter(settings, startRunner, createReload(given), () => () => undefined)
  // Its `skip` changes: a copy would hold that of now.
  return Object.assign(Object.create(reporter) as Reporter, { records, clear: () => void records.splice(0) })
}
