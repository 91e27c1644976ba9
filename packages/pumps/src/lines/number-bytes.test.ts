import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLineBuffer } from './line-buffer.ts'
import { writeNumber } from './number-bytes.ts'

const out = createLineBuffer()

function written(value: number): string {
  out.at = 0
  writeNumber(out, value)
  return out.bytes.toString('latin1', 0, out.at)
}

const decimals = fc
  .tuple(fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }), fc.integer({ min: 0, max: 9 }))
  .map(([digits, places]) => digits / 10 ** places)
const numbers = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger(), decimals)

test('writes every number as String() does', () => {
  fc.assert(
    fc.property(numbers, value => {
      expect(written(value)).toBe(String(value))
    }),
    { numRuns: 5_000 },
  )
})

test.for([
  0,
  -0,
  9,
  10,
  99,
  100,
  999_999_999,
  1e9,
  1e9 + 1,
  123_456_789_012,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 53) + 1,
  1e21,
  5e-324,
  0.1,
  0.000001,
  0.0000001,
  0.0000005,
  1.000001,
  999_999_999.999999,
  0.1 + 0.2,
  12.345,
  -12.345,
  1_763_700_000_000,
  1.5e-7,
  Number.MAX_VALUE,
])('writes %d as String() does', value => {
  expect(written(value)).toBe(String(value))
})
