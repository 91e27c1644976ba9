/**
 * Which records a pump gets. A record passes when every field named under `include` matches one of its patterns, the condition under
 * `where` holds, and no field named under `exclude` matches any of its own: exclude wins. What a pattern is stands in pattern.ts.
 *
 * A condition names fields, all of which must match, or is one of `all: [conditions]`, `any: [conditions]`, `not: condition`.
 */

import type { AnalyticsRecord } from '@pumphouse/record'
import type { Condition, FieldPatterns, Filters } from '../config/policies.ts'
import { type FieldReader, fieldReader } from './field.ts'
import { compilePatterns, type ValueTest } from './pattern.ts'

/** True for the records it is about. */
export type RecordTest = (record: AnalyticsRecord) => boolean

/** A test that is true for the records that pass, or undefined when all do. */
export function compileFilter({ include, exclude, where }: Omit<Filters, 'sample'>): RecordTest | undefined {
  const tests: RecordTest[] = []
  // First, because it wins: a record that is excluded needs no other look.
  if (!isEmpty(exclude)) {
    const excluded = matchesOne(exclude)
    tests.push(record => !excluded(record))
  }
  if (!isEmpty(include)) tests.push(matchesAll(include))
  if (where !== undefined) tests.push(compileCondition(where))
  return tests.length === 0 ? undefined : every(tests)
}

function compileCondition(condition: Condition): RecordTest {
  if ('all' in condition) return every(condition.all.map(compileCondition))
  if ('any' in condition) {
    const tests = condition.any.map(compileCondition)
    return record => tests.some(test => test(record))
  }
  if ('not' in condition) {
    const test = compileCondition(condition.not)
    return record => !test(record)
  }
  return matchesAll(condition.fields)
}

function every(tests: readonly RecordTest[]): RecordTest {
  const [first, ...rest] = tests
  if (first === undefined) return () => true
  if (rest.length === 0) return first
  return record => {
    for (const test of tests) if (!test(record)) return false
    return true
  }
}

function matchesAll(fields: FieldPatterns): RecordTest {
  const compiled = compileFields(fields)
  return record => {
    for (const [read, test] of compiled) if (!test(read(record))) return false
    return true
  }
}

function matchesOne(fields: FieldPatterns): RecordTest {
  const compiled = compileFields(fields)
  return record => {
    for (const [read, test] of compiled) if (test(read(record))) return true
    return false
  }
}

function compileFields(fields: FieldPatterns): [FieldReader, ValueTest][] {
  return Object.entries(fields).map(([name, patterns]) => [fieldReader(name), compilePatterns(patterns)])
}

function isEmpty(fields: FieldPatterns): boolean {
  return Object.keys(fields).length === 0
}
