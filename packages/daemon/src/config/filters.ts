/** Checks what stands under `filters:`. What it means is said, and compiled, in policy/filter.ts and policy/pattern.ts. */

import { describeFound, isMapping, type Problem } from '@pumphouse/options'
import { readPattern } from './filter-pattern.ts'
import type { Condition, FieldPatterns, Pattern } from './policies.ts'

const EXPECTED_SECTION = 'fields with lists of patterns, such as { method: [GET, POST] }'
const EXPECTED_LIST = 'a list of patterns that is not empty'
const EXPECTED_CONDITION = 'fields with lists of patterns, or one of { all: [ … ] }, { any: [ … ] }, { not: { … } }'
const EXPECTED_CONDITIONS = 'a list of conditions that is not empty'
const OPERATORS = ['all', 'any', 'not']
/** Nobody writes deeper ones, and checking and compiling them is recursive. */
const MAX_DEPTH = 32

/** The patterns of `include` or `exclude`, or of a condition; what is wrong is added to `problems`. */
export function readFieldPatterns(given: unknown, path: string, problems: Problem[]): FieldPatterns {
  // A section whose every line is commented out is null in YAML.
  if (given === null || given === undefined) return {}
  if (!isMapping(given)) {
    problems.push({ path, found: describeFound(given), expected: EXPECTED_SECTION })
    return {}
  }
  const read = Object.entries(given).map(([field, patterns]): [string, readonly Pattern[]] => {
    const place = `${path}.${field}`
    if (!Array.isArray(patterns) || patterns.length === 0) {
      const hint = typeof patterns === 'object' ? {} : { hint: `write [${String(patterns)}]` }
      const found = Array.isArray(patterns) ? 'an empty list' : describeFound(patterns)
      problems.push({ path: place, found, expected: EXPECTED_LIST, ...hint })
      return [field, []]
    }
    return [field, patterns.flatMap(pattern => readPattern(field, pattern, place, problems))]
  })
  return Object.fromEntries(read)
}

/** The condition under `where`; undefined when there is none. */
export function readCondition(given: unknown, path: string, problems: Problem[]): Condition | undefined {
  return given === null || given === undefined ? undefined : readOne(given, path, problems, 0)
}

function readOne(given: unknown, path: string, problems: Problem[], depth: number): Condition | undefined {
  const found = isMapping(given) ? conditionProblem(given, depth) : describeFound(given)
  if (found !== undefined || !isMapping(given)) {
    problems.push({ path, found: found ?? 'nothing', expected: EXPECTED_CONDITION })
    return undefined
  }
  const list = (operator: string): Condition[] => readList(given[operator], `${path}.${operator}`, problems, depth)
  if ('all' in given) return { all: list('all') }
  if ('any' in given) return { any: list('any') }
  if (!('not' in given)) return { fields: readFieldPatterns(given, path, problems) }
  const not = readOne(given['not'], `${path}.not`, problems, depth + 1)
  return not && { not }
}

function conditionProblem(given: Readonly<Record<string, unknown>>, depth: number): string | undefined {
  const names = Object.keys(given)
  if (depth > MAX_DEPTH) return `a condition ${depth} levels deep`
  if (names.length === 0) return 'an empty mapping'
  const operator = names.find(name => OPERATORS.includes(name))
  return operator !== undefined && names.length > 1 ? `"${operator}" beside other keys` : undefined
}

function readList(given: unknown, path: string, problems: Problem[], depth: number): Condition[] {
  if (Array.isArray(given) && given.length > 0) {
    return given.flatMap((one, i) => readOne(one, `${path}[${i}]`, problems, depth + 1) ?? [])
  }
  problems.push({
    path,
    found: Array.isArray(given) ? 'an empty list' : describeFound(given),
    expected: EXPECTED_CONDITIONS,
  })
  return []
}
