import type { AnalyticsRecord } from '@pumphouse/record'
import type { PipelineConfig } from '../config/config.ts'
import { compileFilter } from './filter.ts'
import { omitDetails } from './omit-details.ts'

/** What a pump gets of a frame's records: never more of them, never in another order, never the shared ones changed. */
export type RecordPolicy = (records: readonly AnalyticsRecord[]) => readonly AnalyticsRecord[]

/**
 * Filter, then omit details. In this order because a filter may look at a detail field, and because a record that is filtered out needs
 * no copy. With neither configured the frame's own list is passed through: nothing is done per record.
 */
export function compilePolicy(
  config: Pick<PipelineConfig, 'filters' | 'omitDetailedRecording' | 'detailFields'>,
): RecordPolicy {
  const passes = compileFilter(config.filters)
  const omit = config.omitDetailedRecording ? omitDetails(config.detailFields) : undefined
  return records => {
    const passing = passes ? records.filter(passes) : records
    return omit ? passing.map(omit) : passing
  }
}
