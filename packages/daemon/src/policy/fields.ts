/**
 * Which top-level fields a pump gets, under which names, and what is added: deny → allow → rename → set → tags. The `id` is what makes a
 * record that is delivered again the same record, so it always stays.
 */

import type { AnalyticsRecord } from '@pumphouse/record'
import { compileGlob } from '@pumphouse/record'
import type { FieldChoice } from '../config/policies.ts'
import { setField } from './field.ts'

/** Makes the function that shapes a record's fields; the result is a copy. */
export function chooseFields(choice: FieldChoice): (record: AnalyticsRecord) => AnalyticsRecord {
  const allowed = choice.allow.length > 0 ? nameTest(choice.allow) : () => true
  const denied = choice.deny.length > 0 ? nameTest(choice.deny) : () => false
  const added = Object.entries(choice.set)
  const newNames = new Map(Object.entries(choice.rename))
  const oldNames = new Map(Object.entries(choice.rename).map(([from, to]) => [to, from]))
  const kept = (name: string): boolean => name === 'id' || (!denied(name) && allowed(name))

  /** Under the name that another field is about to get. */
  function gives(record: AnalyticsRecord, name: string): boolean {
    const from = oldNames.get(name)
    return from !== undefined && !newNames.has(name) && Object.hasOwn(record, from) && kept(from)
  }

  return record => {
    const shaped: Record<string, unknown> = {}
    for (const name of Object.keys(record)) {
      if (kept(name) && !gives(record, name)) setField(shaped, newNames.get(name) ?? name, record[name])
    }
    for (const [name, value] of added) setField(shaped, name, value)
    if (choice.tags.length > 0) shaped['tags'] = withTags(shaped['tags'], choice.tags)
    return shaped
  }
}

function withTags(present: unknown, tags: readonly string[]): readonly unknown[] {
  const list = present === undefined || present === null ? [] : Array.isArray(present) ? present : [present]
  return [...new Set([...list, ...tags])]
}

/** Names as they are, and with `*` for any run of characters. */
function nameTest(names: readonly string[]): (name: string) => boolean {
  const exact = new Set(names)
  const globs = names.filter(name => name.includes('*')).map(compileGlob)
  return name => exact.has(name) || globs.some(glob => glob(name))
}
