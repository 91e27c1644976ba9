import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
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

describe('the memory of a row writer', () => {
  /** Rows of about so many bytes, as take() hands them over. */
  function take(writer: ReturnType<typeof createRowWriter>, bytes: number, text = 'x'): Uint8Array {
    for (let left = bytes; left > 0; left -= 64) writer.write(0, [text.repeat(60)], 1)
    return writer.take().rows
  }

  test.each([100, 9_000, 100_000])('of %d bytes that were taken is not written to', bytes => {
    const writer = createRowWriter()
    const rows = take(writer, bytes, 'a')
    const before = Uint8Array.from(rows)
    for (let i = 0; i < 3; i++) take(writer, bytes, 'b')
    expect(Uint8Array.from(rows)).toEqual(before)
  })

  test('is used again when nobody reads it any more, once', () => {
    const writer = createRowWriter()
    const first = take(writer, 100_000)
    expect(take(writer, 100_000).buffer).not.toBe(first.buffer)
    writer.reuse(first)
    writer.reuse(first)
    // It is there for the batch after the one that has begun.
    const buffers = [take(writer, 100_000).buffer, take(writer, 100_000).buffer, take(writer, 100_000).buffer]
    expect(buffers.filter(buffer => buffer === first.buffer)).toHaveLength(1)
  })

  test('of other rows is left alone', () => {
    const writer = createRowWriter()
    const rows = new Uint8Array(100_000)
    writer.reuse(rows)
    expect(take(writer, 100_000).buffer).not.toBe(rows.buffer)
    expect(take(writer, 100_000).buffer).not.toBe(rows.buffer)
  })

  test('is no more than twice what they take, also after a batch that was larger', () => {
    const writer = createRowWriter()
    for (const bytes of [100_000, 1_000, 100_000, 40_000, 64]) {
      const rows = take(writer, bytes)
      expect(rows.buffer.byteLength).toBeLessThanOrEqual(2 * Math.max(rows.length, 4 * 1024))
      writer.reuse(rows)
    }
  })

  test('can be read on another thread while the next rows are written', async () => {
    const writer = createRowWriter()
    const rows = take(writer, 10_000, 'a')
    const { port1, port2 } = new MessageChannel()
    const received = once(port2, 'message')
    port1.postMessage(rows)
    take(writer, 10_000, 'b')
    const [copy] = await received
    port1.close()
    expect(Uint8Array.from(copy as Uint8Array)).toEqual(Uint8Array.from(rows))
  })
})
