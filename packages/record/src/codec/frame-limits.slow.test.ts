import { encode } from '@msgpack/msgpack'
import { describe, expect, test } from 'vitest'
import { createRecordIdSource } from '../record-id.ts'
import { decodeFrame } from './decode-frame.ts'
import { encodeFrame } from './encode-frame.ts'
import { MAX_BATCH_BYTES, type Producer } from './frame.ts'
import { createRowBuilder, type RowBatch } from './rows.ts'

const counters = { created: 0, sampledOut: 0, dropped: {}, spooled: 0, altered: {} }
const producer: Producer = { service: 's', instance: 'i', lane: 'l', sequence: 1, counters }
const ids = createRecordIdSource()

/** As many of these records as the estimate lets into one batch. */
function fullBatch(record: (i: number) => object): RowBatch {
  const builder = createRowBuilder()
  let last = 0
  for (let i = 0; builder.bytes + 2 * last <= MAX_BATCH_BYTES; i++) last = builder.add(record(i))
  return builder.take()
}

/** A batch of so many times this row, whatever its estimate would have been. */
function batchOf(columns: readonly string[], row: readonly unknown[], count: number): RowBatch {
  return {
    shapes: [columns],
    count,
    rows: Buffer.alloc(encode(row).length * count, encode(row)),
    objects: count,
    bytes: 0,
  }
}

describe('every batch within MAX_BATCH_BYTES makes a frame that decodes', () => {
  const inner = {
    list: new Array(50).fill(0),
    map: Object.fromEntries(new Array(50).fill(0).map((_, i) => [`${i}`, 0])),
  }
  test.each<[string, (i: number) => object]>([
    ['of empty records', () => ({})],
    ['of the widest characters', () => ({ a: '€'.repeat(1000) })],
    ['of one character repeated, which shrinks a thousandfold', () => ({ a: 'x'.repeat(100_000) })],
    ['of empty objects', () => ({ a: new Array(1000).fill({}) })],
    ['of dates and empty byte strings', () => ({ a: [new Date(0), new Uint8Array(0), new Date(1.7e12)] })],
    ['of bigints', () => ({ a: new Array(1000).fill(-(2n ** 63n)) })],
    ['of nested lists and maps', () => inner],
    ['of a new shape for each record', i => ({ [`name ${i}`]: 1 })],
    ['of records of 49 small values', () => Object.fromEntries(new Array(49).fill(0).map((_, i) => [`k${i}`, i]))],
    ['of wide records of small values', () => Object.fromEntries(new Array(200).fill(0).map((_, i) => [`k${i}`, i]))],
  ])('%s', (_, record) => {
    const batch = fullBatch(record)
    const frame = decodeFrame(encodeFrame(ids.allocate(batch.count), producer, batch))
    expect(frame.records).toHaveLength(batch.count)
  })
})

describe('encodeFrame refuses what no decoder would take', () => {
  test('a batch beyond the limits', () => {
    const large = batchOf(['a'], [0, 'x'.repeat(100_000)], 100)
    const many = batchOf([], [0], 200_000)
    for (const batch of [large, many]) {
      expect(() => encodeFrame(ids.allocate(batch.count), producer, batch)).toThrow(
        expect.objectContaining({ code: 'PH_FRAME_TOO_LARGE' }),
      )
    }
  })

  test('a producer with thousands of reasons', () => {
    const dropped = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`reason ${i}`, 1]))
    const wordy = { ...producer, counters: { ...counters, dropped } }
    expect(() => encodeFrame(ids.allocate(1), wordy, batchOf([], [0], 1))).toThrow(
      expect.objectContaining({ code: 'PH_FRAME_TOO_LARGE' }),
    )
  })

  test('base ids that do not number the records', () => {
    const last = new Uint8Array(12).fill(255)
    expect(() => encodeFrame(last, producer, batchOf([], [0], 2))).toThrow(RangeError)
    expect(() => encodeFrame(last.subarray(1), producer, batchOf([], [0], 1))).toThrow(RangeError)
  })
})

test('rows that shrink as far as compression goes still decode', () => {
  const frame = encodeFrame(ids.allocate(80), producer, batchOf(['a'], [0, 'x'.repeat(100_000)], 80))
  expect(decodeFrame(frame).records).toHaveLength(80)
})
