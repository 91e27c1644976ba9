import type { AnalyticsRecord } from '@pumphouse/record'

/**
 * Makes the function that takes the detail fields off a record. A record that has none of them is returned as it is; otherwise the result
 * is a new frozen record, because other pipelines see the same one.
 */
export function omitDetails(fields: readonly string[]): (record: AnalyticsRecord) => AnalyticsRecord {
  const omitted = new Set(fields)

  function without(record: AnalyticsRecord): AnalyticsRecord {
    const rest: Record<string, unknown> = {}
    for (const key of Object.keys(record)) {
      if (omitted.has(key)) continue
      // An assignment to this one key would set the prototype instead.
      if (key === '__proto__') Object.defineProperty(rest, key, { value: record[key], enumerable: true })
      else rest[key] = record[key]
    }
    return Object.freeze(rest)
  }

  return record => {
    for (const field of fields) if (Object.hasOwn(record, field)) return without(record)
    return record
  }
}
