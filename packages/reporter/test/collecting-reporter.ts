import { until } from '@pumphouse/testkit'
import type { RecordInput, Reporter } from '../src/reporter.ts'
import { createRequestWatch, type RequestSettings } from '../src/requests/request-watch.ts'

/** A reporter that only keeps what it is given, for tests of what the adapters record. */
export interface CollectingReporter extends Reporter {
  readonly records: RecordInput[]
  readonly hookErrors: string[]
  readonly warnings: string[]
  readonly closed: () => boolean
  /** The first `count` records, once they are there. */
  collected(count: number): Promise<readonly RecordInput[]>
}

/** `settings`: what is wanted of requests beyond the defaults. */
export function collectingReporter(settings: Partial<RequestSettings> = {}): CollectingReporter {
  const records: RecordInput[] = []
  const hookErrors: string[] = []
  const warnings: string[] = []
  let closed = false
  return {
    records,
    hookErrors,
    warnings,
    disabled: false,
    requests: createRequestWatch({ capture: undefined, openRecordAfterMs: 0, errorMessages: false, ...settings }, () =>
      hookErrors.push('observe'),
    ),
    closed: () => closed,
    async collected(count) {
      await until(`${count} records`, () => records.length >= count)
      return records.slice(0, count)
    },
    record: record => records.push(record) > 0,
    update: () => undefined,
    skip: undefined,
    hookFailed: hook => void hookErrors.push(hook),
    warn(code) {
      if (!warnings.includes(code)) warnings.push(code)
    },
    flush: async () => true,
    async close() {
      closed = true
      return this.stats()
    },
    stats() {
      throw new Error('not asked for in these tests')
    },
  }
}
