import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyText } from '../../test/any-text.ts'
import { jsonLine } from './json-line.ts'
import { createJsonLines } from './json-lines.ts'

const jsonLines = createJsonLines()
const textOf = (batch: readonly object[]): string => Buffer.concat(jsonLines(batch as never).chunks).toString()

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  anyText,
  fc.string(),
  fc.constantFrom('', '"', '\\', '\n', '\ud800', '\u2028', '\x7f', '~ ', '__proto__', 'toJSON'),
)
const number = fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger())
const scalar = fc.oneof(text, number, fc.boolean(), fc.constant(null), fc.constant(undefined))
const special = fc.oneof(fc.bigInt(), fc.uint8Array({ maxLength: 4 }), fc.date({ noInvalidDate: false }))
const value = fc.letrec(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 6, arbitrary: scalar },
    { weight: 1, arbitrary: special },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    { weight: 1, arbitrary: fc.dictionary(text, tie('value'), { maxKeys: 3 }) },
  ),
})).value
const batches = fc.array(fc.dictionary(text, value, { maxKeys: 6 }), { minLength: 1, maxLength: 6 })

test('gives exactly the lines of the records one by one, whatever they hold', () => {
  fc.assert(
    fc.property(batches, batch => {
      expect(textOf(batch)).toBe(batch.map(record => `${jsonLine(record)}\n`).join(''))
    }),
    { numRuns: 2_000 },
  )
})

test('knows a field by its name when records of other shapes come between', () => {
  const batch = [{ a: 1, b: 2 }, { b: 3, a: 4 }, {}, { a: 5, c: 6, b: 7 }, { c: undefined, a: 8 }]
  expect(textOf(batch)).toBe('{"a":1,"b":2}\n{"b":3,"a":4}\n{}\n{"a":5,"c":6,"b":7}\n{"a":8}\n')
})

test('keeps the lines right when records bring more names than are remembered', () => {
  const batch = Array.from({ length: 5 }, (_, n) =>
    Object.fromEntries(Array.from({ length: 700 }, (_, i) => [`key ${n * 500 + i} é`, i])),
  )
  expect(textOf(batch)).toBe(batch.map(record => `${JSON.stringify(record)}\n`).join(''))
})

test('rejects a record that has no line by its position in the batch, and writes the others', () => {
  const cycle: Record<string, unknown> = { before: 'x' }
  cycle['self'] = cycle
  const batch = Array.from({ length: 300 }, (_, i) => (i === 200 ? cycle : { i }))
  const { chunks, rejected } = jsonLines(batch)
  expect(rejected).toMatchObject([{ index: 200, reason: 'unserializable' }])
  expect(Buffer.concat(chunks).toString().trimEnd().split('\n')).toEqual(
    batch.filter(record => record !== cycle).map(record => JSON.stringify(record)),
  )
})
