import { decodeMulti } from '@msgpack/msgpack'
import { describe, expect, test } from 'vitest'
import { createRowWriter } from './row-writer.ts'

/** What the library reads of a row that was written. */
function written(values: readonly unknown[]): unknown {
  const writer = createRowWriter()
  writer.write(0, values, values.length)
  const [row] = decodeMulti(writer.take().rows, { useBigInt64: true })
  return (row as unknown[]).slice(1)
}

describe('a row writer', () => {
  test.each([0, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000, 0xffffffff, 0x100000000, Number.MAX_SAFE_INTEGER])(
    'writes the integer %d and its negative',
    value => {
      const values = [value, value - 1, value + 1, -value || 0, -value - 1, -value + 1]
      expect(written(values)).toEqual(values)
    },
  )

  test.each([-0x20, -0x21, -0x80, -0x81, -0x8000, -0x8001, -0x80000000, -0x80000001])(
    'writes the integer %d',
    value => {
      expect(written([value])).toEqual([value])
    },
  )

  test('writes fractions, zeros, booleans and null; what msgpack has no form for as null', () => {
    const values = [0.1, -1e300, 5e-324, true, false, null]
    expect(written(values)).toEqual(values)
    expect(written([Number.NaN, Number.POSITIVE_INFINITY, undefined])).toEqual([null, null, null])
  })

  test.each([0, 1, 31, 32, 48, 49, 85, 86, 255, 256, 21_845, 21_846, 65_535, 65_536, 300_000])(
    'writes texts of %d characters, of one byte, of three, and half a pair as U+FFFD',
    length => {
      const ascii = 'x'.repeat(length)
      const wide = '€'.repeat(length)
      expect(written([ascii, wide, `${ascii}\ud800`])).toEqual([ascii, wide, `${ascii}\ufffd`])
    },
  )

  test.each([0, 1, 14, 15, 16, 512])('writes a row of %d columns', length => {
    const values = Array.from({ length }, (_, i) => i)
    expect(written(values)).toEqual(values)
  })

  test('counts the objects that a reader will', () => {
    const writer = createRowWriter()
    writer.write(0, [{ a: [1], b: new Date(0) }, Uint8Array.of(1), 'x'], 3)
    // The row, the map and its two entries, the array, the date, the bytes.
    expect(writer.take().objects).toBe(7)
  })

  test('takes a failed row back', () => {
    const writer = createRowWriter()
    writer.write(1, ['kept'], 1)
    const trap = new Proxy([], {
      get() {
        throw new Error('on purpose')
      },
    })
    expect(() => writer.write(2, ['gone', trap], 2)).toThrow('on purpose')
    writer.write(3, [], 0)
    const { rows, objects } = writer.take()
    expect([...decodeMulti(rows)]).toEqual([[1, 'kept'], [3]])
    expect(objects).toBe(2)
  })
})
