import { expect, test } from 'vitest'
import { readNamePattern } from './name-pattern.ts'

const legal = (value: string): string => value.replace(/\W/g, '_')
const id = '69200000aaaaaaaaaaaaaaaa'
const record = { id, timestamp: Date.UTC(2026, 0, 2, 3, 4), orgId: 'a/b', n: 7, on: true, list: [1], empty: '' }

test.each([
  ['requests', 'requests'],
  ['requests_{yyyy.MM.dd}', 'requests_2026.01.02'],
  ['{date}/{HH}', '2026-01-02/03'],
  ['{yyyy/MM}-{orgId}-{n}-{on}', '2026/01-a_b-7-true'],
  ['{list}.{empty}.{absent}', 'none.none.none'],
])('%s', (text, name) => {
  const pattern = readNamePattern(text, legal)
  if (typeof pattern === 'string') throw new Error(pattern)
  // Twice: what was made for one record is kept for the next.
  expect([record, record].map(pattern.nameOf)).toEqual([name, name])
  expect(pattern.fixed).toBe(text === name ? text : undefined)
})

test('each record has its own name, in any order', () => {
  const pattern = readNamePattern('{orgId}-{dd}', legal)
  if (typeof pattern === 'string') throw new Error(pattern)
  const records = ['x', '', 'x', 'y'].map((orgId, day) => ({ orgId, timestamp: Date.UTC(2026, 0, day + 1) }))
  expect(records.map(pattern.nameOf)).toEqual(['x-01', 'none-02', 'x-03', 'y-04'])
})

test('a record without a timestamp is dated by its id', () => {
  const pattern = readNamePattern('{date}', legal)
  if (typeof pattern === 'string') throw new Error(pattern)
  expect(pattern.nameOf({ id })).toBe('2025-11-21')
})

test.each([
  ['a{b', 'brace'],
  ['a}b', 'brace'],
  ['{a b}', '"{a b}"'],
  ['{}', '"{}"'],
])('%s is refused with words', (text, why) => {
  expect(readNamePattern(text, legal)).toContain(why)
})
