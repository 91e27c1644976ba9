/**
 * What a value of a field is compared with. A value matches a list of patterns when it matches one of them:
 *
 *   404, true              equal; text is compared with the value as it would be printed, so '404' and 404 are the same
 *   2xx, 500-599           a number from 200 to below 300; a number from 500 to 599, both included
 *   /internal/*            text in which `*` stands for any run of characters
 *   { regex: ^/v\d+/ }     text in which the regular expression is found (in time proportional to the text: see `compileRegex`)
 *   { min: 0.5, max: 9 }   a number within bounds, both included; one of them may be left out
 *   { exists: true }       present, and not null; `false`: absent or null
 *   { not: [GET, HEAD] }   what matches none of these, an absent field too
 *
 * An absent field matches nothing but `exists: false` and `not`. A list (`tags`) matches when one of its members does; `exists` and `not` look at it as a whole.
 */

import { compileGlob, compileRegex } from '@pumphouse/record'
import type { Pattern } from '../config/policies.ts'

/** Whether a field's value matches; undefined stands for an absent field. */
export type ValueTest = (value: unknown) => boolean

/** Compiles a list of patterns, of which one must match. Throws PH_CONFIG_INVALID for a regular expression that is none. */
export function compilePatterns(patterns: readonly Pattern[]): ValueTest {
  const scalar = compileScalars(patterns)
  const wholes = patterns.flatMap(compileWhole)
  const members: ValueTest = value =>
    Array.isArray(value) ? value.some(member => !Array.isArray(member) && scalar(member)) : scalar(value)
  if (wholes.length === 0) return members
  return value => members(value) || wholes.some(whole => whole(value))
}

const CLASS_OF_HUNDRED = /^(\d)xx$/
const RANGE = /^(\d+)-(\d+)$/

/** The patterns that look at a field as a whole. */
function compileWhole(pattern: Pattern): ValueTest[] {
  if (typeof pattern !== 'object') return []
  if ('not' in pattern) {
    const matches = compilePatterns(pattern.not)
    return [value => !matches(value)]
  }
  if (!('exists' in pattern)) return []
  return [
    pattern.exists ? value => value !== undefined && value !== null : value => value === undefined || value === null,
  ]
}

/** The patterns that look at a text, a number or a truth value, sorted by what they need of it. */
function compileScalars(patterns: readonly Pattern[]): ValueTest {
  const exact = new Set<string>()
  const texts: ((text: string) => boolean)[] = []
  const ranges: ((value: number) => boolean)[] = []
  for (const pattern of patterns) {
    const range = compileRange(pattern)
    if (range) ranges.push(range)
    if (typeof pattern === 'object') {
      if ('regex' in pattern) texts.push(compileRegex(pattern.regex).test)
    } else if (typeof pattern === 'string' && pattern.includes('*')) texts.push(compileGlob(pattern))
    else exact.add(String(pattern))
  }
  /** The exact ones that are numbers, so that a number need not be printed to be found. */
  const exactNumbers = new Set([...exact].map(Number).filter(number => exact.has(String(number))))

  const testText = (text: string): boolean => exact.has(text) || texts.some(test => test(text))
  const testNumber = (value: number): boolean =>
    exactNumbers.has(value) || ranges.some(range => range(value)) || (texts.length > 0 && testText(String(value)))
  return value => {
    switch (typeof value) {
      case 'string':
        return testText(value)
      case 'number':
        return testNumber(value)
      case 'boolean':
      case 'bigint':
        return testText(String(value))
      default:
        return false
    }
  }
}

function compileRange(pattern: Pattern): ((value: number) => boolean) | undefined {
  if (typeof pattern === 'object') {
    if (!('min' in pattern || 'max' in pattern)) return undefined
    const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = pattern
    return value => value >= min && value <= max
  }
  const hundred = CLASS_OF_HUNDRED.exec(String(pattern))
  if (hundred) {
    const low = Number(hundred[1]) * 100
    return value => value >= low && value < low + 100
  }
  const range = RANGE.exec(String(pattern))
  if (!range) return undefined
  const [low, high] = [Number(range[1]), Number(range[2])]
  return value => value >= low && value <= high
}
