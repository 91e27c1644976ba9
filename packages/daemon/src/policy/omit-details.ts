import type { AnalyticsRecord } from '@pumphouse/record'
import { setField } from './field.ts'

/** Makes the function that takes the detail fields off a record. A record that has none of them is returned as it is, else a copy. */
export function omitDetails(fields: readonly string[]): (record: AnalyticsRecord) => AnalyticsRecord {
  const omitted = new Set(fields)

  function without(record: AnalyticsRecord): AnalyticsRecord {
    const rest: Record<string, unknown> = {}
    for (const key of Object.keys(record)) if (!omitted.has(key)) setField(rest, key, record[key])
    return rest
  }

  return record => {
    for (const field of fields) if (Object.hasOwn(record, field)) return without(record)
    return record
  }
}
