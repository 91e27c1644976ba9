import { describe, expect, test } from 'vitest'
import { decodeFrame } from './decode-frame.ts'
import { encodeFrame } from './encode-frame.ts'
import { MAX_BATCH_BYTES, type Producer } from './frame.ts'
import { createRecordIdSource } from './record-id.ts'
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
    const frame = decodeFrame(encodeFrame(ids.allocate(batch.rows.length), producer, batch))
    expect(frame.records).toHaveLength(batch.rows.length)
  })
})

describe('encodeFrame refuses what no decoder would take', () => {
  test('a batch beyond the limits', () => {
    const large: RowBatch = { shapes: [['a']], rows: new Array(100).fill([0, 'x'.repeat(100_000)]), bytes: 0 }
    const many: RowBatch = { shapes: [[]], rows: new Array(200_000).fill([0]), bytes: 0 }
    for (const batch of [large, many]) {
      expect(() => encodeFrame(ids.allocate(batch.rows.length), producer, batch)).toThrow(
        expect.objectContaining({ code: 'PH_FRAME_TOO_LARGE' }),
      )
    }
  })

  test('a producer with thousands of reasons', () => {
    const dropped = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`reason ${i}`, 1]))
    const wordy = { ...producer, counters: { ...counters, dropped } }
    expect(() => encodeFrame(ids.allocate(0), wordy, { shapes: [], rows: [], bytes: 0 })).toThrow(
      expect.objectContaining({ code: 'PH_FRAME_TOO_LARGE' }),
    )
  })

  test('rows without a shape, and base ids that do not number them', () => {
    const batch: RowBatch = { shapes: [], rows: [[0]], bytes: 0 }
    expect(() => encodeFrame(ids.allocate(1), producer, batch)).toThrow(RangeError)
    const last = new Uint8Array(12).fill(255)
    expect(() => encodeFrame(last, producer, { shapes: [[]], rows: [[0], [0]], bytes: 0 })).toThrow(RangeError)
    expect(() => encodeFrame(last.subarray(1), producer, { shapes: [], rows: [], bytes: 0 })).toThrow(RangeError)
  })
})

test('rows that shrink as far as deflate goes still decode', () => {
  const rows = new Array(80).fill([0, 'x'.repeat(100_000)])
  const frame = encodeFrame(ids.allocate(80), producer, { shapes: [['a']], rows, bytes: 0 })
  expect(decodeFrame(frame).records).toHaveLength(80)
})
