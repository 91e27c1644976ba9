import type { AnalyticsRecord } from '@pumphouse/record'
import type { FieldPatterns } from '../config/config.ts'
import { compileGlob } from './glob.ts'

/**
 * Which records a pump gets. A record passes when every field named under `include` matches one of its patterns and no field named under
 * `exclude` matches any of its own: exclude wins. A field that is absent matches nothing.
 *
 * A pattern is a number or a boolean (equal), `2xx` (200 to 299), `500-599` (both ends included), or text, in which `*` stands for any
 * run of characters. Ranges apply to numbers; text is compared with the value as it would be printed, so '404' and 404 are the same. A
 * list (`tags`) matches when one of its members does.
 */

type ValueTest = (value: unknown) => boolean

const CLASS_OF_HUNDRED = /^(\d)xx$/
const RANGE = /^(\d+)-(\d+)$/

function compileRange(pattern: string): ((value: number) => boolean) | undefined {
  const hundred = CLASS_OF_HUNDRED.exec(pattern)
  if (hundred) {
    const low = Number(hundred[1]) * 100
    return value => value >= low && value < low + 100
  }
  const range = RANGE.exec(pattern)
  if (!range) return undefined
  const [low, high] = [Number(range[1]), Number(range[2])]
  return value => value >= low && value <= high
}

function compilePatterns(patterns: readonly (string | number | boolean)[]): ValueTest {
  const exact = new Set<string>()
  const globs: ((text: string) => boolean)[] = []
  const ranges: ((value: number) => boolean)[] = []
  for (const pattern of patterns) {
    const range = typeof pattern === 'string' ? compileRange(pattern) : undefined
    if (range) ranges.push(range)
    if (typeof pattern === 'string' && pattern.includes('*')) globs.push(compileGlob(pattern))
    else exact.add(String(pattern))
  }

  function test(value: unknown): boolean {
    switch (typeof value) {
      case 'string':
        return exact.has(value) || globs.some(glob => glob(value))
      case 'number':
        return ranges.some(range => range(value)) || testText(String(value))
      case 'boolean':
      case 'bigint':
        return testText(String(value))
      default:
        return Array.isArray(value) && value.some(member => !Array.isArray(member) && test(member))
    }
  }
  const testText = (text: string): boolean => exact.has(text) || globs.some(glob => glob(text))
  return test
}

function compileFields(fields: FieldPatterns): [field: string, test: ValueTest][] {
  return Object.entries(fields).map(([field, patterns]) => [field, compilePatterns(patterns)])
}

/** A test that is true for the records that pass, or undefined when all do. */
export function compileFilter(filters: {
  readonly include: FieldPatterns
  readonly exclude: FieldPatterns
}): ((record: AnalyticsRecord) => boolean) | undefined {
  const include = compileFields(filters.include)
  const exclude = compileFields(filters.exclude)
  if (include.length === 0 && exclude.length === 0) return undefined
  return record => {
    for (const [field, test] of exclude) if (test(record[field])) return false
    for (const [field, test] of include) if (!test(record[field])) return false
    return true
  }
}
