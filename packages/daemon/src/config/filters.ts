/** Checks what stands under `filters:`. What the patterns mean is said, and compiled, in pipeline/filter.ts. */

import { describeFound, type Problem } from '@pumphouse/options'
import type { FieldPatterns } from './config.ts'

const RANGE = /^(\d+)-(\d+)$/
/** What a status code can be compared with: a number, 2xx, a range, or digits with stars. */
const STATUS_PATTERN = /^(\d{3}|\dxx|\d+-\d+|[\d*]*\*[\d*]*)$/
const EXPECTED_SECTION = 'fields with lists of patterns, such as { method: [GET, POST] }'
const EXPECTED_LIST = 'a list of patterns that is not empty'
const EXPECTED_PATTERN = 'a text, a number, true or false'

/** The patterns of one of the two sections; what is wrong is added to `problems`. */
export function readFilter(given: unknown, path: string, problems: Problem[]): FieldPatterns {
  // A section whose every line is commented out is null in YAML.
  if (given === null || given === undefined) return {}
  if (typeof given !== 'object' || Array.isArray(given)) {
    problems.push({ path, found: describeFound(given), expected: EXPECTED_SECTION })
    return {}
  }
  for (const [field, patterns] of Object.entries(given)) {
    const place = `${path}.${field}`
    if (!Array.isArray(patterns) || patterns.length === 0) {
      const hint = typeof patterns === 'object' ? {} : { hint: `write [${String(patterns)}]` }
      const found = Array.isArray(patterns) ? 'an empty list' : describeFound(patterns)
      problems.push({ path: place, found, expected: EXPECTED_LIST, ...hint })
    } else {
      for (const pattern of patterns) problems.push(...patternProblems(field, pattern, place))
    }
  }
  return given as FieldPatterns
}

function patternProblems(field: string, pattern: unknown, path: string): Problem[] {
  const found = describeFound(pattern)
  if (typeof pattern !== 'string') {
    const usable = typeof pattern === 'boolean' || (typeof pattern === 'number' && Number.isFinite(pattern))
    return usable ? [] : [{ path, found, expected: EXPECTED_PATTERN }]
  }
  const [, low, high] = RANGE.exec(pattern) ?? []
  if (low !== undefined && Number(low) > Number(high)) {
    return [{ path, found, expected: 'a range from low to high', hint: `did you mean ${high}-${low}?` }]
  }
  if (field === 'statusCode' && !STATUS_PATTERN.test(pattern)) {
    return [{ path, found, expected: 'a status (404), a class (2xx) or a range (500-599)' }]
  }
  return []
}
