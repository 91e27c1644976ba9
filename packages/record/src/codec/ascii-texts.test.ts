import { encode } from '@msgpack/msgpack'
import { describe, expect, test } from 'vitest'
import { readCell } from './ascii-texts.ts'
import { openMsgpack } from './msgpack-reader.ts'
import { createRowWriter } from './row-writer.ts'

/** What is read of a row that our writer wrote. */
function readBack(values: readonly unknown[]): unknown[] {
  const writer = createRowWriter()
  writer.write(0, values, values.length)
  const source = openMsgpack(writer.take().rows, 1e6)
  source.position = values.length < 15 ? 1 : 3
  const read = Array.from({ length: values.length + 1 }, () => readCell(source))
  expect(source.position).toBe(source.bytes.length)
  return read.slice(1)
}

describe('the values of rows', () => {
  test.each([0, 1, 31, 32, 48, 255, 256, 2047, 2048, 2049, 65_535, 65_536, 100_000])(
    'with texts of %d characters, alike or not, ASCII or not',
    length => {
      const values = [
        'x'.repeat(length),
        'é'.repeat(length),
        1.5,
        `${'y'.repeat(length)}€`,
        '',
        true,
        'z'.repeat(length),
      ]
      expect(readBack(values)).toEqual(values)
    },
  )

  test('across the ends of the stretches that are read at once', () => {
    const values = Array.from({ length: 500 }, (_, i) => `${i} `.repeat(i % 60))
    expect(readBack(values)).toEqual(values)
  })

  test('with nested texts of any alphabet', () => {
    const values = [{ grüße: ['äöü', 'ascii'], text: 'plain' }, 'short', ['ü']]
    expect(readBack(values)).toEqual(values)
  })

  test('of which the writer lied are other characters, and what follows is right', () => {
    const source = openMsgpack(Buffer.concat([encode('é'), encode('after')]), 10)
    expect([readCell(source), readCell(source)]).toEqual(['Ã©', 'after'])
  })

  test.each([
    [[]],
    [[0xa1]],
    [[0xbf, 65]],
    [[0xd9]],
    [[0xd9, 1]],
    [[0xda]],
    [[0xda, 0]],
    [[0xda, 0, 2, 65]],
    [[0xdb, 0, 0, 0, 9]],
  ])('that are cut short (%j) are refused', bytes => {
    expect(() => readCell(openMsgpack(Uint8Array.from(bytes), 10))).toThrow(
      expect.objectContaining({ code: 'PH_FRAME_MALFORMED' }),
    )
  })
})
