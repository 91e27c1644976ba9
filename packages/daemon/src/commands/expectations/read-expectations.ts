/**
 * What `pumphouse test` reads: records as an application would make them, and what each pump is to get of them.
 *
 *   tests:
 *     probes stay out of the audit:
 *       records:
 *         - { path: /healthz, username: probe }
 *         - { path: /orders, username: ann }
 *       expect:
 *         audit: [{ path: /orders, username: ann }]     # these records, with these fields and no others, in this order
 *         console: 2                                    # or only how many
 */

import { describeFound, isMapping, nearest, type Problem, readYamlFile, unknownKey } from '@pumphouse/options'
import type { AnalyticsRecord } from '@pumphouse/record'

/** Records in, and what each of the pumps named is to get: the records, or how many. */
export interface Expectation {
  readonly name: string
  readonly records: readonly AnalyticsRecord[]
  readonly expected: ReadonlyMap<string, readonly AnalyticsRecord[] | number>
}

export interface ReadExpectations {
  /** Usable only when problems is empty. */
  readonly expectations: readonly Expectation[]
  readonly problems: readonly Problem[]
}

const KEYS = ['records', 'expect']

/** Reads a file of expectations for the pumps that are named; lists everything that is wrong with it. Never throws. */
export function readExpectations(file: string, pumps: readonly string[]): ReadExpectations {
  const document = readYamlFile(file)
  const problems: Problem[] = [...document.problems]
  const refuse = (path: string, given: unknown, expected: string): void => {
    report({ path, found: describeFound(given), expected })
  }
  function report(problem: Problem): void {
    const line = document.lineOf(problem.path)
    problems.push(line === undefined ? problem : { ...problem, line })
  }

  function readRecords(given: unknown, path: string): readonly AnalyticsRecord[] {
    if (Array.isArray(given) && given.every(isMapping)) return given.map(deepFreeze)
    refuse(path, given, 'a list of records, such as [{ path: /orders }]')
    return []
  }

  function readExpected(given: unknown, path: string): ReadonlyMap<string, readonly AnalyticsRecord[] | number> {
    const expected = new Map<string, readonly AnalyticsRecord[] | number>()
    if (!isMapping(given) || Object.keys(given).length === 0) {
      refuse(path, given, 'pumps with what each is to get')
      return expected
    }
    for (const [pump, wanted] of Object.entries(given)) {
      const place = `${path}.${pump}`
      if (!pumps.includes(pump)) {
        const meant = nearest(pump, pumps)
        const hint = meant === undefined ? {} : { hint: `did you mean "${meant}"?` }
        report({ path: place, found: 'no pump that runs', expected: `one of ${pumps.join(', ')}`, ...hint })
      } else if (typeof wanted === 'number') expected.set(pump, wanted)
      else expected.set(pump, readRecords(wanted, place))
    }
    return expected
  }

  function readOne(name: string, given: unknown): Expectation {
    const path = `tests.${name}`
    if (!isMapping(given)) {
      refuse(path, given, 'a mapping of records and expect')
      return { name, records: [], expected: new Map() }
    }
    for (const key of Object.keys(given).filter(one => !KEYS.includes(one))) {
      report(unknownKey(`${path}.${key}`, key, KEYS))
    }
    const records = readRecords(given['records'], `${path}.records`)
    return { name, records, expected: readExpected(given['expect'], `${path}.expect`) }
  }

  if (problems.length > 0) return { expectations: [], problems }
  const { tests, ...rest } = isMapping(document.values) ? document.values : {}
  for (const key of Object.keys(rest)) report(unknownKey(key, key, ['tests']))
  if (!isMapping(tests)) refuse('tests', tests, 'tests by name')
  const expectations = isMapping(tests) ? Object.entries(tests).map(([name, given]) => readOne(name, given)) : []
  return { expectations, problems }
}

/** As the daemon's records are: a policy that changes one is found out here. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const inner of Object.values(value)) deepFreeze(inner)
  return Object.freeze(value)
}
