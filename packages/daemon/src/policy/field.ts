import type { AnalyticsRecord } from '@pumphouse/record'

/** Reads one field of a record; undefined when the record has none of that name. */
export type FieldReader = (record: AnalyticsRecord) => unknown

/**
 * How a policy finds a field by the name in the configuration. A field of exactly that name comes first; else the dots are a way into
 * mappings: `request.headers.host`. What a record inherits (`constructor`) is no field of it.
 */
export function fieldReader(name: string): FieldReader {
  const [first = '', ...rest] = name.split('.')
  const own: FieldReader = name in Object.prototype ? record => ownField(record, name) : record => record[name]
  if (rest.length === 0) return own
  return record => own(record) ?? rest.reduce(ownField, ownField(record, first))
}

/** Gives a copy a field of its own, whatever its name is. */
export function setField(copy: Record<string, unknown>, name: string, value: unknown): void {
  // An assignment to this one name would set the prototype instead.
  if (name === '__proto__')
    Object.defineProperty(copy, name, { value, enumerable: true, writable: true, configurable: true })
  else copy[name] = value
}

/** True for what was a mapping when it was recorded: not for lists, bytes and dates. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLeaf(value)
}

function isLeaf(value: object): boolean {
  return ArrayBuffer.isView(value) || value instanceof Date
}

function ownField(value: unknown, name: string): unknown {
  return isMapping(value) && Object.hasOwn(value, name) ? value[name] : undefined
}
