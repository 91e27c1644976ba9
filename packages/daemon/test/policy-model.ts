/**
 * What a pump must get of some records by its policies, written as plainly as can be: one record and one pattern at a time, from copies,
 * with none of the code that is tested but the hash that samples.
 */

import { createRedactor } from '@pumphouse/record'
import type { Condition, FieldPatterns, Pattern, RecordPolicies } from '../src/config/policies.ts'
import { compileSample } from '../src/policy/sample.ts'

type Fields = Record<string, unknown>

/** The records as they must arrive. Redaction has tests of its own: here it counts that it is done, and where among the others. */
export function expectedOf(policies: RecordPolicies, records: readonly Fields[]): Fields[] {
  const { filters } = policies
  const sampled = filters.sample ? compileSample(filters.sample) : () => true
  return records.filter(record => passes(policies, record) && sampled(record)).map(record => shaped(policies, record))
}

function passes({ filters: { include, exclude, where } }: RecordPolicies, record: Fields): boolean {
  const wanted = Object.entries(include).every(([field, patterns]) => matches(record[field], patterns))
  const unwanted = Object.entries(exclude).some(([field, patterns]) => matches(record[field], patterns))
  return wanted && !unwanted && (where === undefined || holds(where, record))
}

function holds(condition: Condition, record: Fields): boolean {
  if ('all' in condition) return condition.all.filter(one => !holds(one, record)).length === 0
  if ('any' in condition) return condition.any.filter(one => holds(one, record)).length > 0
  if ('not' in condition) return holds(condition.not, record) === false
  return passes({ filters: { include: condition.fields as FieldPatterns, exclude: {} } } as RecordPolicies, record)
}

function matches(value: unknown, patterns: readonly Pattern[]): boolean {
  const values = Array.isArray(value) ? value : [value]
  return patterns.some(pattern => {
    if (typeof pattern === 'object' && 'not' in pattern) return !matches(value, pattern.not)
    if (typeof pattern === 'object' && 'exists' in pattern)
      return (value ?? null) === null ? !pattern.exists : pattern.exists
    return values.some(one => matchesOne(one, pattern))
  })
}

function matchesOne(value: unknown, pattern: Pattern): boolean {
  if (!['string', 'number', 'boolean', 'bigint'].includes(typeof value)) return false
  if (typeof pattern === 'object') {
    if ('regex' in pattern) return typeof value !== 'boolean' && new RegExp(pattern.regex).test(String(value))
    if ('min' in pattern || 'max' in pattern) {
      return typeof value === 'number' && value >= (pattern.min ?? -Infinity) && value <= (pattern.max ?? Infinity)
    }
    return false
  }
  if (typeof value === 'number' && /^\dxx$/.test(String(pattern)))
    return Math.floor(value / 100) === Number(String(pattern)[0])
  const parts = String(pattern)
    .split('*')
    .map(part => part.replace(/[.\\^$+?()[\]{}|/-]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^]*')}$`).test(String(value))
}

function shaped(policies: RecordPolicies, record: Fields): Fields {
  let fields: [string, unknown][] = Object.entries(structuredClone(record))
  const { sample } = policies.filters
  if (sample)
    fields = put(
      fields,
      'weight',
      (typeof record['weight'] === 'number' && record['weight'] > 0 ? record['weight'] : 1) / sample.rate,
    )
  if (policies.omitDetailedRecording) fields = fields.filter(([name]) => !policies.detailFields.includes(name))
  const redactor = policies.redact && createRedactor(policies.redact)
  if (redactor) fields = Object.entries(redactor.record(Object.fromEntries(fields)))
  if (policies.flatten) fields = flat(fields, policies.flatten.separator)
  if (policies.fields) fields = chosen(fields, policies.fields)
  if (policies.trim) {
    const { maxBytes, fields: only } = policies.trim
    fields = fields.map(([name, value]) => [
      name,
      name === 'id' || (only.length > 0 && !only.includes(name)) ? value : cut(value, maxBytes),
    ])
  }
  return Object.fromEntries(fields)
}

function put(fields: [string, unknown][], name: string, value: unknown): [string, unknown][] {
  return [...fields.filter(([other]) => other !== name), [name, value]]
}

function flat(fields: readonly [string, unknown][], separator: string): [string, unknown][] {
  const taken = new Set(fields.map(([name]) => name))
  return fields.flatMap(([name, value]): [string, unknown][] => {
    if (!isMapping(value) || Object.keys(value).length === 0) return [[name, value]]
    return leaves(value).flatMap(([path, leaf]): [string, unknown][] => {
      const full = [name, ...path].join(separator)
      if (taken.has(full)) return []
      taken.add(full)
      return [[full, leaf]]
    })
  })
}

function leaves(mapping: Fields): [string[], unknown][] {
  return Object.entries(mapping).flatMap(([name, value]): [string[], unknown][] =>
    isMapping(value) && Object.keys(value).length > 0
      ? leaves(value).map(([path, leaf]): [string[], unknown] => [[name, ...path], leaf])
      : [[[name], value]],
  )
}

function chosen(fields: [string, unknown][], choice: NonNullable<RecordPolicies['fields']>): [string, unknown][] {
  const named = (name: string, names: readonly string[]): boolean => names.some(one => matchesOne(name, one))
  const kept = fields.filter(
    ([name]) =>
      name === 'id' || (!named(name, choice.deny) && (choice.allow.length === 0 || named(name, choice.allow))),
  )
  const moved = kept.filter(([name]) => Object.hasOwn(choice.rename, name))
  let result = kept.filter(([name]) => !Object.hasOwn(choice.rename, name))
  for (const [name, value] of moved) result = put(result, choice.rename[name] as string, value)
  for (const [name, value] of Object.entries(choice.set)) result = put(result, name, value)
  if (choice.tags.length === 0) return result
  const present = result.find(([name]) => name === 'tags')?.[1] ?? []
  return put(result, 'tags', [...new Set([...(Array.isArray(present) ? present : [present]), ...choice.tags])])
}

function cut(value: unknown, maxBytes: number): unknown {
  if (Array.isArray(value)) return value.map(one => cut(one, maxBytes))
  if (isMapping(value))
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, cut(one, maxBytes)]))
  if (value instanceof Uint8Array) return value.slice(0, maxBytes)
  if (typeof value !== 'string' || Buffer.byteLength(value) <= maxBytes) return value
  let text = ''
  for (const character of value) {
    if (Buffer.byteLength(`${text}${character}…`) > maxBytes) break
    text += character
  }
  return `${text}…`
}

function isMapping(value: unknown): value is Fields {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Date)
  )
}
