import { expect, test } from 'vitest'
import { createDocumentWriter } from './document.ts'

const { write, writeAt } = createDocumentWriter()
const parsed = (record: Record<string, unknown>): unknown => JSON.parse(write(record))

test('is the JSON of the record when there is nothing a server would refuse', () => {
  const record = { id: 'a', path: '/x', tags: ['y'], n: { 'a.b': 1, c: [{ d: 2 }] }, at: new Date(0) }
  expect(write(record)).toBe(JSON.stringify(record))
})

test('renames what no server takes: names of its metadata at the top, and blank parts anywhere', () => {
  expect(parsed({ id: 'a', _id: 1, _source: 2, _mine: 3, n: { _id: 4 } })).toEqual({
    id: 'a',
    _id_: 1,
    _source_: 2,
    _mine: 3,
    n: { _id: 4 },
  })
  expect(parsed({ '': 1, '.': 2, 'a..b': 3, ' ': 4, n: [{ '\u0000': 5 }] })).toEqual({
    _: 4,
    ___: 2,
    a___b: 3,
    n: [{ _: 5 }],
  })
})

test('keeps values as JSON lines do: bytes as base64, large bigints as text', () => {
  expect(parsed({ a: new Uint8Array([1]), b: 2n ** 63n, c: 5n, '': 1n })).toEqual({
    a: 'AQ==',
    b: '9223372036854775808',
    c: 5,
    _: 1,
  })
})

test('carries a name that JavaScript treats specially as any other', () => {
  const text = write(JSON.parse('{"__proto__":{"a":1},"":2}'))
  expect(Object.keys(JSON.parse(text))).toEqual(['__proto__', '_'])
})

test('puts the time before everything else as @timestamp, instead of an own one', () => {
  expect(writeAt({ id: 'a', '@timestamp': 'never' }, 0)).toBe('{"@timestamp":"1970-01-01T00:00:00.000Z","id":"a"}')
})

test('rejects a record that has no JSON', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  expect(() => write(cyclic)).toThrow(expect.objectContaining({ reason: 'unserializable' }))
})
