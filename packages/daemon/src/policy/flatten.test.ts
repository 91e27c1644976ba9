import { expect, test } from 'vitest'
import { flatten } from './flatten.ts'

test('mappings come to the top, lists, dates, bytes and empty mappings stay', () => {
  const bytes = new Uint8Array(2)
  const at = new Date(0)
  const record = { a: 1, b: { c: { d: 2 }, e: [{ f: 3 }], g: {} }, bytes, at }
  expect(flatten('.')(record)).toEqual({ a: 1, 'b.c.d': 2, 'b.e': [{ f: 3 }], 'b.g': {}, bytes, at })
  expect(flatten('_')({ b: { c: 1 } })).toEqual({ b_c: 1 })
})

test('a field of the record is not replaced by one out of a mapping', () => {
  expect(flatten('.')({ a: { b: 1 }, 'a.b': 2 })).toEqual({ 'a.b': 2 })
  expect(flatten('.')({ a: { b: { c: 1 }, 'b.c': 2 } })).toEqual({ 'a.b.c': 1 })
})

test('a record without mappings is not copied', () => {
  const record = { a: [1], b: {}, c: null }
  expect(flatten('.')(record)).toBe(record)
})

test('a name that means a prototype is a name', () => {
  const flat = flatten('.')(JSON.parse('{"__proto__":{"a":1},"b":{"__proto__":2}}'))
  expect(Object.keys(flat)).toEqual(['__proto__.a', 'b.__proto__'])
})
