/**
 * Brings the fields of mappings to the top: `{ request: { method: 'GET' } }` becomes `{ 'request.method': 'GET' }`. Lists stay as they are,
 * and so does an empty mapping. A field that the record has under such a name already is kept, and the one from the mapping is not.
 */

import type { AnalyticsRecord } from '@pumphouse/record'
import { isMapping, setField } from './field.ts'

/** Makes the function that flattens a record; one without mappings is returned as it is. `separator` stands between the names. */
export function flatten(separator: string): (record: AnalyticsRecord) => AnalyticsRecord {
  function bringUp(record: AnalyticsRecord): AnalyticsRecord {
    const flat: Record<string, unknown> = {}
    const add = (name: string, value: unknown): void => {
      if (isDeep(value)) for (const key of Object.keys(value)) add(name + separator + key, value[key])
      else if (!Object.hasOwn(flat, name) && !Object.hasOwn(record, name)) setField(flat, name, value)
    }
    for (const key of Object.keys(record)) {
      const value = record[key]
      if (isDeep(value)) add(key, value)
      else setField(flat, key, value)
    }
    return flat
  }

  return record => {
    for (const key of Object.keys(record)) if (isDeep(record[key])) return bringUp(record)
    return record
  }
}

function isDeep(value: unknown): value is Readonly<Record<string, unknown>> {
  return isMapping(value) && Object.keys(value).length > 0
}
