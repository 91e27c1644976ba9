import { isDeepStrictEqual } from 'node:util'
import { renderValue } from '@pumphouse/options'
import type { AnalyticsRecord } from '@pumphouse/record'

/** Longer values are cut: the message is for finding the place, the file has the whole. */
const LONGEST_SHOWN = 120

/**
 * What is not as expected, a sentence each; empty when every record is there with the same fields, in the same order. The order of
 * keys does not matter.
 */
export function compareRecords(
  expected: readonly AnalyticsRecord[] | number,
  got: readonly AnalyticsRecord[],
): readonly string[] {
  if (typeof expected === 'number') {
    return expected === got.length ? [] : [`expected ${expected} records, got ${got.length}`]
  }
  if (expected.length === got.length) return expected.flatMap((record, i) => compareFields(record, got[i]!, i + 1))
  const missing = without(expected, got).map(record => `missing: ${shown(record)}`)
  const surplus = without(got, expected).map(record => `not expected: ${shown(record)}`)
  return [`expected ${expected.length} records, got ${got.length}`, ...missing, ...surplus]
}

function compareFields(expected: AnalyticsRecord, got: AnalyticsRecord, position: number): string[] {
  const names = new Set([...Object.keys(expected), ...Object.keys(got)])
  return [...names].flatMap(name => {
    if (isSame(expected[name], got[name])) return []
    return [`record ${position}, ${name}: expected ${shown(expected[name])}, got ${shown(got[name])}`]
  })
}

/** Those of `list` that have no equal in `others`; an equal is used up once. */
function without(list: readonly AnalyticsRecord[], others: readonly AnalyticsRecord[]): AnalyticsRecord[] {
  const left = [...others]
  return list.filter(record => {
    const at = left.findIndex(other => isSame(record, other))
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

/** By what they hold: a copy has the same prototypes whatever made it. */
function isSame(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(structuredClone(a), structuredClone(b))
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = renderValue(value)
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text
}
