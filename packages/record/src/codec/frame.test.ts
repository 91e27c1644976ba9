import { decode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRecordIdSource, recordIdAt } from '../record-id.ts'
import { decodeFrame, decodeProducer } from './decode-frame.ts'
import { encodeFrame } from './encode-frame.ts'
import type { Frame, Producer } from './frame.ts'
import { createRowBuilder, type RowBatch } from './rows.ts'

const producer: Producer = {
  service: 'orders',
  instance: 'web-1/77',
  lane: 'web-1/77/0',
  sequence: 2 ** 40,
  counters: {
    created: 2 ** 33,
    sampledOut: 5,
    sampledOutByRoute: { '': 2, '/a': 3 },
    dropped: { buffer_full: 3 },
    spooled: 0,
    altered: { cycle: 1 },
  },
}
const ids = createRecordIdSource()

function batchOf(records: readonly object[]): RowBatch {
  const builder = createRowBuilder()
  for (const record of records) builder.add(record)
  return builder.take()
}

function roundTrip(records: readonly object[], compress?: boolean): Frame {
  const options = compress === undefined ? {} : { compress }
  return decodeFrame(encodeFrame(ids.allocate(records.length), producer, batchOf(records), options))
}

/** The records of a frame without their ids. */
function fieldsOf(frame: Frame): object[] {
  return frame.records.map(({ id: _, ...fields }) => fields)
}

/** For JSON.parse: `__proto__` is the one key that no record holds. */
function withoutPrototype(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value
}

const similar = Array.from({ length: 500 }, (_, i) => ({
  path: `/orders/${i}`,
  method: 'GET',
  statusCode: 200,
  agent: 'curl/8.4.0',
}))

describe('a frame', () => {
  test('brings back what JSON would show of any JSON records', () => {
    const record = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true })
    fc.assert(
      fc.property(fc.array(record), fc.boolean(), (records, compress) => {
        const shown = JSON.parse(JSON.stringify(records), withoutPrototype) as Record<string, unknown>[]
        const expected = shown.map(({ id: _, ...fields }) => fields)
        expect(fieldsOf(roundTrip(records, compress))).toEqual(expected)
      }),
    )
  })

  test('takes any record whatever, and only what decodes', () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withNullPrototype: true,
      withObjectString: true,
    })
    fc.assert(
      fc.property(fc.array(anything), records => {
        expect(roundTrip(records as object[]).records).toHaveLength(records.length)
      }),
    )
  })

  test('keeps bytes, dates and 64-bit integers', () => {
    const record = {
      b: Uint8Array.of(1, 2),
      d: new Date(-1),
      i: 2n ** 63n,
      n: -(2n ** 63n),
      deep: [{ b: Uint8Array.of() }],
    }
    expect(fieldsOf(roundTrip([record]))).toEqual([record])
  })

  test('keeps the order of records of several shapes, and their ids count on from the base', () => {
    const records = Array.from({ length: 100 }, (_, i) =>
      i % 3 === 0 ? { a: i } : i % 3 === 1 ? { a: i, b: 'x' } : { b: i },
    )
    const frame = roundTrip(records)
    expect(fieldsOf(frame)).toEqual(records)
    expect(frame.records.map(record => record.id)).toEqual(records.map((_, i) => recordIdAt(frame.baseId, i)))
  })

  test('carries its producer', () => {
    expect(roundTrip([]).producer).toEqual(producer)
  })

  test('says who made it without its rows, whatever they are', () => {
    const bytes = encodeFrame(ids.allocate(500), producer, batchOf(similar))
    expect(decodeProducer(bytes)).toEqual(producer)
    expect(decodeProducer(bytes.fill(0, bytes.length - 100))).toEqual(producer)
    expect(() => decodeFrame(bytes)).toThrow(expect.objectContaining({ code: 'PH_FRAME_MALFORMED' }))
    expect(() => decodeProducer(bytes.subarray(0, 40))).toThrow(expect.objectContaining({ code: 'PH_FRAME_MALFORMED' }))
  })

  test('may be empty', () => {
    expect(roundTrip([])).toMatchObject({ version: 1, records: [] })
  })

  test('gives frozen records, plain objects, with the id first', () => {
    const wide = Array.from({ length: 100 }, (_, i) =>
      Object.fromEntries(Array.from({ length: 100 }, (_, k) => [`k${k}`, { i }])),
    )
    const { records } = roundTrip(wide)
    const record = records[50] as Record<string, { i: number }>
    expect(Object.keys(record)[0]).toBe('id')
    expect([records, record, record['k7']].every(Object.isFrozen)).toBe(true)
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype)
    expect(record?.constructor).toBe(Object)
  })

  test('is compressed when that pays, and says how large its rows are', () => {
    const batch = batchOf(similar)
    const plain = encodeFrame(ids.allocate(500), producer, batch, { compress: false })
    const compressed = encodeFrame(ids.allocate(500), producer, batch)
    expect(compressed.length).toBeLessThan(plain.length / 4)
    expect(decodeFrame(compressed).payloadBytes).toBe(decodeFrame(plain).payloadBytes)
    expect(fieldsOf(decodeFrame(compressed))).toEqual(similar)
    const few = batchOf(similar.slice(0, 5))
    expect(encodeFrame(ids.allocate(5), producer, few)).toHaveLength(
      encodeFrame(ids.allocate(5), producer, few, { compress: false }).length,
    )
  })

  test('has the layout that is written down, for readers in other languages', () => {
    const baseId = ids.allocate(2)
    const bytes = encodeFrame(baseId, producer, batchOf([{ a: 1, b: 'x' }, { b: 'y' }]), { compress: false })
    const fields = decode(bytes) as unknown[]
    expect(fields.slice(0, 6)).toEqual([1, 2, baseId, 2, (fields[6] as Uint8Array).length, producer])
    expect(decode(fields[6] as Uint8Array)).toEqual([
      [['a', 'b'], ['b']],
      [
        [0, 1, 'x'],
        [1, 'y'],
      ],
    ])
  })

  test('is in a buffer of its own', () => {
    const first = encodeFrame(ids.allocate(1), producer, batchOf([{ a: 1 }]))
    encodeFrame(ids.allocate(1), producer, batchOf([{ a: 2 }]))
    expect(fieldsOf(decodeFrame(first))).toEqual([{ a: 1 }])
    expect(first.buffer.byteLength).toBe(first.length)
  })
})
