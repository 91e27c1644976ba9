/** Checks one pattern of a filter. What the patterns mean is said, and compiled, in policy/pattern.ts. */

import { describeFound, type Problem } from '@pumphouse/options'
import { compileRegex, PumphouseError } from '@pumphouse/record'
import type { Pattern } from './policies.ts'

const RANGE = /^(\d+)-(\d+)$/
/** What a status code can be compared with: a number, 2xx, a range, or digits with stars. */
const STATUS_PATTERN = /^(\d{3}|\dxx|\d+-\d+|[\d*]*\*[\d*]*)$/
const EXPECTED_PATTERN =
  'a text, a number, true or false, or one of { regex: … }, { min: …, max: … }, { exists: … }, { not: [ … ] }'

/** The pattern, or nothing when it is none; what is wrong is added to `problems`. */
export function readPattern(field: string, given: unknown, path: string, problems: Problem[]): readonly Pattern[] {
  const refuse = (expected: string, more: Partial<Problem> = {}): readonly Pattern[] => {
    problems.push({ path, found: describeFound(given), expected, ...more })
    return []
  }
  if (typeof given === 'boolean' || (typeof given === 'number' && Number.isFinite(given))) return [given]
  if (typeof given === 'string') return readText(field, given, refuse)
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return refuse(EXPECTED_PATTERN)
  return readMapping(field, given as Readonly<Record<string, unknown>>, path, problems, refuse)
}

type Refuse = (expected: string, more?: Partial<Problem>) => readonly Pattern[]

function readText(field: string, pattern: string, refuse: Refuse): readonly Pattern[] {
  const [, low, high] = RANGE.exec(pattern) ?? []
  if (low !== undefined && Number(low) > Number(high)) {
    return refuse('a range from low to high', { hint: `did you mean ${high}-${low}?` })
  }
  if (field === 'statusCode' && !STATUS_PATTERN.test(pattern)) {
    return refuse('a status (404), a class (2xx) or a range (500-599)')
  }
  return [pattern]
}

function readMapping(
  field: string,
  given: Readonly<Record<string, unknown>>,
  path: string,
  problems: Problem[],
  refuse: Refuse,
): readonly Pattern[] {
  const { regex, min, max, exists, not } = given
  switch (Object.keys(given).sort().join(' ')) {
    case 'regex':
      return readRegex(regex, refuse)
    case 'exists':
      return typeof exists === 'boolean' ? [{ exists }] : refuse('exists: true, or exists: false')
    case 'min':
    case 'max':
    case 'max min':
      return readBounds(min, max, refuse)
    case 'not': {
      const patterns = Array.isArray(not) ? not : []
      if (patterns.length === 0) return refuse('not: with a list of patterns that is not empty')
      return [{ not: patterns.flatMap(pattern => readPattern(field, pattern, `${path}.not`, problems)) }]
    }
    default:
      return refuse(EXPECTED_PATTERN, { found: `a mapping of ${Object.keys(given).join(', ') || 'nothing'}` })
  }
}

function readRegex(regex: unknown, refuse: Refuse): readonly Pattern[] {
  if (typeof regex !== 'string' || regex === '') return refuse('regex: with a regular expression')
  try {
    compileRegex(regex)
    return [{ regex }]
  } catch (error) {
    if (!(error instanceof PumphouseError)) throw error
    const expected = 'a regular expression of RE2: no lookaround, no backreferences'
    return refuse(expected, { found: `${describeFound(regex)}: ${error.message}` })
  }
}

function readBounds(min: unknown, max: unknown, refuse: Refuse): readonly Pattern[] {
  const isBound = (bound: unknown) => bound === undefined || Number.isFinite(bound)
  if (!isBound(min) || !isBound(max)) return refuse('min and max as numbers')
  const [low, high] = [min as number | undefined, max as number | undefined]
  if (low !== undefined && high !== undefined && low > high) return refuse('min at most as large as max')
  return [{ ...(low === undefined ? {} : { min: low }), ...(high === undefined ? {} : { max: high }) }]
}
