import { expect, test } from 'vitest'
import { jsonLine } from './json-line.ts'

const parsed = (record: object): unknown => JSON.parse(jsonLine(record as never))

test('writes what JSON can hold as JSON.stringify does', () => {
  const record = { path: '/a"b\n', n: 1.5, no: false, nothing: null, list: ['x', { y: [] }], big: 2 ** 60 } as const
  expect(jsonLine(record)).toBe(JSON.stringify(record))
})

test('writes dates as ISO text and an invalid one as null, at any depth', () => {
  const at = new Date(Date.UTC(2026, 10, 21))
  const found = parsed({ at, n: [{ at }], never: new Date(Number.NaN) })
  expect(found).toEqual({ at: '2026-11-21T00:00:00.000Z', n: [{ at: '2026-11-21T00:00:00.000Z' }], never: null })
})

test('writes bytes as base64, whatever view they are in', () => {
  const bytes = new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4)
  const found = parsed({ bytes, buffer: Buffer.from('hi'), n: { deep: [bytes] }, none: new Uint8Array(0) })
  expect(found).toEqual({ bytes: 'AQID', buffer: 'aGk=', n: { deep: ['AQID'] }, none: '' })
})

test('writes a bigint as a number while a double holds it exactly, and as text beyond', () => {
  const exact = BigInt(Number.MAX_SAFE_INTEGER)
  expect(parsed({ a: exact, b: exact + 1n, c: -5n, n: [2n ** 64n - 1n] })).toEqual({
    a: Number.MAX_SAFE_INTEGER,
    b: '9007199254740992',
    c: -5,
    n: ['18446744073709551615'],
  })
})

test('keeps a key named __proto__, with and without special values beside it', () => {
  const record = JSON.parse('{"__proto__":{"a":1}}')
  expect(jsonLine(record)).toBe('{"__proto__":{"a":1}}')
  record.bytes = new Uint8Array([1])
  expect(jsonLine(record)).toBe('{"__proto__":{"a":1},"bytes":"AQ=="}')
})

test('never holds a line end, and stays valid text', () => {
  const line = jsonLine({ a: 'x\r\ny', 'b\n': '\ud800', bytes: new Uint8Array([10, 13]) })
  expect(line).not.toMatch(/[\r\n]/)
  expect(line.isWellFormed()).toBe(true)
})
