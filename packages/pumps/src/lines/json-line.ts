/**
 * One record as one line of JSON. Values that JSON has no form for: a date is its ISO text (null when invalid), bytes are
 * base64, a bigint is a number while a double holds it exactly and a text beyond.
 *
 * JSON.stringify without a replacer is several times faster than with one, so a record is looked through first and only
 * one that holds bytes or bigints takes the slow way.
 */
import type { AnalyticsRecord } from '@pumphouse/record'

/** The record as JSON, without the line end; contains none. Throws on what no codec produces: cycles, nesting beyond the stack, more than a string holds. */
export function jsonLine(record: AnalyticsRecord): string {
  return isNative(record) ? JSON.stringify(record) : JSON.stringify(record, replace)
}

/** One value as JSON, as it stands in a line. Undefined for what JSON leaves out. Throws as jsonLine does. */
export function jsonText(value: unknown): string | undefined {
  if (value === null) return 'null'
  if (typeof value === 'bigint' || (typeof value === 'object' && !isNative(value)))
    return JSON.stringify(value, replace)
  // The type of the compiler's library leaves out that a function or undefined gives undefined.
  return JSON.stringify(value) as string | undefined
}

/** True when JSON.stringify alone writes the value as it should be. Dates are: they have their own toJSON. */
function isNative(value: object): boolean {
  if (ArrayBuffer.isView(value)) return false
  // Not Object.values: it would make an array for every record.
  for (const key in value) {
    const held: unknown = value[key as keyof typeof value]
    if (typeof held === 'bigint') return false
    if (typeof held === 'object' && held !== null && !isNative(held)) return false
  }
  return true
}

/** `value` has been through toJSON already, which a Buffer has; `this[key]` has not. */
function replace(this: Record<string, unknown>, key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return jsonBigInt(value)
  const raw = this[key]
  return ArrayBuffer.isView(raw) ? base64(raw) : value
}

function jsonBigInt(value: bigint): number | string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value.toString()
}

function base64(view: ArrayBufferView): string {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('base64')
}
