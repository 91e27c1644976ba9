import { brotliCompressSync } from 'node:zlib'
import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { baseId, checked, codeOf, compressed, compressions, foreign, producer } from '../../test/foreign-frame.ts'
import { decodeFrame } from './decode-frame.ts'
import { encodeFrame } from './encode-frame.ts'
import { createRowBuilder } from './rows.ts'

const MIB = 1024 * 1024

function frameOf(count: number, compress: boolean): Uint8Array {
  const builder = createRowBuilder()
  for (let i = 0; i < count; i++)
    builder.add({ path: `/o/${i}`, tags: ['a', { b: i }], at: new Date(i), raw: Buffer.from('xyz') })
  return encodeFrame(baseId, producer, builder.take(), { compress })
}

const frames = [frameOf(3, false), frameOf(100, true)]

describe('decodeFrame ends in its own errors only', () => {
  test('for a frame cut at any length', () => {
    for (const frame of frames) {
      for (let length = 0; length < frame.length; length++) {
        expect(codeOf(frame.subarray(0, length))).toBe('PH_FRAME_MALFORMED')
      }
    }
  })

  test('for random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes => codeOf(bytes)?.startsWith('PH_FRAME_') === true))
  })

  test('for frames with changed bytes, and finds every change in compressed rows', () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }))
    fc.assert(
      fc.property(fc.constantFrom(...frames), fc.array(change, { minLength: 1, maxLength: 4 }), (frame, changes) => {
        const changed = Uint8Array.from(frame)
        for (const [at, by] of changes) changed[at % frame.length]! ^= by
        const code = codeOf(changed)
        expect(code === undefined || code.startsWith('PH_FRAME_')).toBe(true)
      }),
      { numRuns: 2000 },
    )
    const [, whole] = frames as [Uint8Array, Uint8Array]
    for (let at = whole.length - 200; at < whole.length; at++) {
      const changed = Uint8Array.from(whole)
      changed[at]! ^= 1
      expect(codeOf(changed)).toBe('PH_FRAME_MALFORMED')
    }
  })

  test.each<[string, Uint8Array]>([
    ['something after the frame', Uint8Array.of(...(frames[0] as Uint8Array), 0)],
    ['a map', encode({ version: 1 })],
    ['too few fields', encode([1, 0, baseId])],
    ['a version that is no number', foreign({ 0: 'one' })],
    ['a short base id', foreign({ 2: new Uint8Array(11) })],
    ['ids that would wrap', foreign({ 2: new Uint8Array(12).fill(255), 3: 2 })],
    ['a count that is not the rows', foreign({ 3: 2 })],
    ['a negative count', foreign({ 3: -1 })],
    ['a length that is not the payload', foreign({ 4: 3 })],
    ['a producer without a lane', foreign({ 5: { ...producer, lane: undefined } })],
    ['a producer that is a date', foreign({ 5: new Date(0) })],
    [
      'a counter that is no count',
      foreign({ 5: { ...producer, counters: { ...producer.counters, dropped: { x: -1 } } } }),
    ],
    ['a payload that is a string', foreign({ 6: 'rows' })],
    ['rows of no shape', foreign({}, [[['a']], [[1, 1]]])],
    ['rows of another length', foreign({}, [[['a']], [[0]]])],
    ['a column that is no name', foreign({}, [[[1]], [[0, 1]]])],
    ['something after the rows', foreign({}, [[['a']], [[0, 1]], 1])],
    ['deflated rows that are not', foreign({ 1: 1 })],
    ['Brotli rows without a checksum', foreign({ 1: 4, 6: brotliCompressSync(encode([[['a']], [[0, 1]]])) })],
    ['Brotli rows shorter than their checksum', foreign({ 1: 4, 6: new Uint8Array(3) })],
    ['Brotli rows that are not', foreign({ 1: 4, 6: checked(Buffer.from('no stream')) })],
    ['rows compressed in two ways', foreign({ 1: 5 })],
  ])('for %s', (_, bytes) => {
    expect(codeOf(bytes)).toBe('PH_FRAME_MALFORMED')
  })

  test.each(compressions)('for rows that %s makes of another length than declared', (_, compression) => {
    const one = encode([[['a']], [[0, 1]]])
    expect(codeOf(compressed(compression, one))).toBeUndefined()
    for (const declared of [0, 1, one.length - 1, one.length + 1, 50]) {
      expect(codeOf(compressed(compression, one, declared))).toBe('PH_FRAME_MALFORMED')
    }
  })

  test.each<[string, Uint8Array]>([
    ['another version', foreign({ 0: 2 })],
    ['another version of another form', encode([7, { new: 'form' }])],
    ['a flag it does not know', foreign({ 1: 8 })],
    ['a flag far beyond those it knows', foreign({ 1: 2 ** 31 })],
  ])('for %s', (_, bytes) => {
    expect(codeOf(bytes)).toBe('PH_FRAME_VERSION')
  })
})

describe('decodeFrame is not made to unfold', () => {
  test('more than the limit, which the caller may set', () => {
    expect(codeOf(foreign({ 4: 8 * MIB + 1 }))).toBe('PH_FRAME_TOO_LARGE')
    expect(codeOf(frames[1] as Uint8Array, { maxPayloadBytes: 100 })).toBe('PH_FRAME_TOO_LARGE')
    expect(codeOf(frames[1] as Uint8Array, { maxPayloadBytes: 10_000 })).toBeUndefined()
  })

  test('counts of rows, shapes and columns that are not there', () => {
    const declared = [0xdd, 0xff, 0xff, 0xff, 0xff]
    for (const payload of [[0x92, ...declared], [0x92, 0x91, ...declared], [0x92, 0x90, ...declared], declared]) {
      const bytes = encode([1, 0, baseId, 2 ** 20, payload.length, producer, Uint8Array.from(payload)])
      expect(codeOf(bytes)).toBe('PH_FRAME_MALFORMED')
    }
  })
})

describe('a foreign frame', () => {
  test('cannot choose ids or prototypes; its other fields arrive', () => {
    const columns = ['id', '__proto__', 'a', 'a']
    const { records } = decodeFrame(foreign({}, [[columns], [[0, 'mine', { polluted: 1 }, 1, 2]]]))
    expect(records).toStrictEqual([{ id: '070707070707070707070707', a: 2 }])
    expect(Object.getPrototypeOf(records[0])).toBe(Object.prototype)
  })

  test('may say more about its producer than this release knows', () => {
    const frame = decodeFrame(
      foreign({ 5: { ...producer, host: 'web-1', counters: { ...producer.counters, retried: 1 } } }),
    )
    expect(frame.producer).toEqual(producer)
  })

  test('leaves the decoded records nothing of its bytes', () => {
    const bytes = foreign({}, [[['a']], [[0, Uint8Array.of(5)]]])
    const frame = decodeFrame(bytes)
    bytes.fill(0)
    expect(frame.records[0]).toMatchObject({ a: Uint8Array.of(5) })
    expect(frame.baseId).toEqual(baseId)
  })
})
