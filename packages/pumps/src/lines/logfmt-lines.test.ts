import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyText } from '../../test/any-text.ts'
import { createLogfmtLines } from './logfmt-lines.ts'

const logfmt = createLogfmtLines()
const textOf = (batch: readonly object[]): string => Buffer.concat(logfmt(batch as never).chunks).toString()

test('writes a record as pairs, quoted where they must be', () => {
  const record = {
    path: '/a',
    userAgent: 'curl (x)',
    n: 1.5,
    yes: true,
    none: null,
    empty: '',
    eq: 'a=b',
    list: ['x'],
    at: new Date(0),
    big: 2n ** 63n,
  }
  expect(textOf([record, {}])).toBe(
    'path=/a userAgent="curl (x)" n=1.5 yes=true none=null empty="" eq="a=b" list="[\\"x\\"]" at=1970-01-01T00:00:00.000Z big=9223372036854775808\n\n',
  )
})

test('makes keys fit, and leaves out what is absent', () => {
  expect(textOf([{ 'a b=c"': 1, '': 2, gone: undefined, nan: Number.NaN }])).toBe('a_b_c_=1 _=2 nan=null\n')
})

test('is one line without control characters that can be read back, whatever the texts hold', () => {
  fc.assert(
    fc.property(anyText, fc.string({ unit: 'grapheme' }), (a, b) => {
      const line = textOf([{ a, b }])
      expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
      const pairs = [...line.matchAll(/(\w)=("(?:[^"\\]|\\.)*"|\S*)/g)].map(([, , value = '']) =>
        value.startsWith('"') ? JSON.parse(value) : value,
      )
      expect(pairs).toEqual([a, b])
    }),
    { numRuns: 1_000 },
  )
})
