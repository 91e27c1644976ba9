import { isDeepStrictEqual } from 'node:util'
import { Decoder, Encoder } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PumphouseError } from '../errors.ts'
import { encodable, encodeInPlace, openTally } from './msgpack-encoder.ts'
import { openMsgpack, readValue } from './msgpack-reader.ts'

/** The library by itself: the peer of our reader, and what the preparation of values must not change anything for. */
const other = { encoder: new Encoder({ useBigInt64: true }), decoder: new Decoder({ useBigInt64: true }) }
const MAX_BYTES = 1e6

function write(value: unknown, maxBytes = MAX_BYTES): Uint8Array {
  return encodeInPlace(encodable(value, openTally(maxBytes)), maxBytes).slice()
}

function read(bytes: Uint8Array): unknown {
  return readValue(openMsgpack(bytes, MAX_BYTES))
}

const date = fc.date({ noInvalidDate: true })
const bytes = fc.uint8Array({ maxLength: 300 })
const bigint = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n })
const text = fc.string({ unit: 'grapheme', maxLength: 80 })
const leaf = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(n => n + 0),
  text,
  fc.boolean(),
  fc.constant(null),
  date,
  bytes,
  bigint,
)
const key = text.filter(name => name !== '__proto__')
const plain = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value')),
    fc.dictionary(key, tie('value'), { noNullPrototype: true }),
  ),
})).value

describe('msgpack', () => {
  test('written here is read the same here and by another implementation', () => {
    fc.assert(
      fc.property(plain, value => {
        const written = write(value)
        expect(read(written)).toEqual(value)
        expect(other.decoder.decode(written)).toEqual(value)
        expect(other.encoder.encode(value)).toEqual(written)
      }),
    )
  })

  test('written by another implementation is read the same here', () => {
    fc.assert(
      fc.property(plain, value => {
        expect(read(other.encoder.encode(value))).toEqual(value)
      }),
    )
  })

  test.each([
    0,
    0x7f,
    0x80,
    0xff,
    0x100,
    0xffff,
    0x10000,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 53,
    -1,
    -32,
    -33,
    -128,
    -129,
    -32768,
    -32769,
    -(2 ** 31),
    -(2 ** 31) - 1,
    0.1,
    5e-324,
  ])('keeps %d', value => {
    const written = write(value)
    expect([read(written), other.decoder.decode(written)]).toEqual([value, value])
  })

  test.each([0, 1, 31, 32, 47, 48, 85, 86, 255, 256, 21_845, 21_846, 65_535, 65_536, 100_000])(
    'keeps texts of %d characters',
    length => {
      for (const character of ['a', 'ä', '€']) {
        const value = character.repeat(length)
        const written = write(value)
        expect(read(written) === value && other.decoder.decode(written) === value).toBe(true)
      }
    },
  )

  test.each([15, 16])('keeps containers of %d', length => {
    const array = new Array<number>(length).fill(1)
    const map = Object.fromEntries(array.map((_, i) => [`${i}`, i]))
    for (const value of [array, map, new Uint8Array(length)]) {
      const written = write(value)
      expect(isDeepStrictEqual(read(written), value)).toBe(true)
      expect(isDeepStrictEqual(new Uint8Array(other.encoder.encode(value)), written)).toBe(true)
    }
  })

  test('keeps a byte order mark, also at the start of a long text', () => {
    expect(read(write(`\ufeff${'x'.repeat(500)}`))).toBe(`\ufeff${'x'.repeat(500)}`)
  })

  test('has U+FFFD where a surrogate stood alone', () => {
    for (const length of [0, 60]) {
      expect(read(write(`${'a'.repeat(length)}\ud800b\udc00`))).toBe(`${'a'.repeat(length)}\ufffdb\ufffd`)
    }
  })

  test('tells texts apart that share a place in the cache', () => {
    const texts = Array.from({ length: 20_000 }, (_, i) => `${i}`.padStart(1 + (i % 40), 'ä-'.charAt(i % 2)))
    expect(read(write(texts))).toEqual(texts)
  })

  test('writes what no row should hold as nil, and a wide bigint as digits', () => {
    expect(read(write([() => 1, Symbol('s'), undefined, Number.NaN, new Date(Number.NaN), 2n ** 70n]))).toEqual([
      null,
      null,
      null,
      null,
      null,
      `${2n ** 70n}`,
    ])
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(() => read(write(cycle))).not.toThrow()
  })

  test.each<[string, (wrong: unknown) => unknown]>([
    ['itself', wrong => wrong],
    ['in a list', wrong => [1, wrong, 'x']],
    ['in a map', wrong => ({ a: [{ b: wrong }] })],
  ])('leaves the value it was given as it was, what is wrong with it %s', (_, around) => {
    const given = around('\ud800')
    expect(read(write(given))).toEqual(around('\ufffd'))
    expect(given).toEqual(around('\ud800'))
  })

  test('has well-formed names, and none that sets a prototype', () => {
    const given = JSON.parse('{"a\\ud800":1,"__proto__":{"polluted":true},"b":2}')
    expect(read(write(given))).toStrictEqual({ 'a\ufffd': 1, b: 2 })
    expect(other.decoder.decode(write(given))).toStrictEqual({ 'a\ufffd': 1, b: 2 })
  })

  test('counts the objects that a reader counts', () => {
    const values = [[], {}, { a: 1, b: {} }, new Date(0), new Uint8Array(3), [new Date(Number.NaN), 'x', 1]]
    const tally = openTally(MAX_BYTES)
    const written = encodeInPlace(encodable(values, tally), MAX_BYTES)
    expect(readValue(openMsgpack(written, tally.objects))).toBeDefined()
    expect(() => readValue(openMsgpack(written, tally.objects - 1))).toThrow(PumphouseError)
  })

  test('stops at its limit, and before memory is taken where a value can only be larger', () => {
    const tooLarge = expect.objectContaining({ code: 'PH_FRAME_TOO_LARGE' })
    expect(() => write('ä'.repeat(600), 1000)).toThrow(tooLarge)
    expect(write('x'.repeat(990), 993)).toHaveLength(993)
    expect(() => write('x'.repeat(990), 992)).toThrow(tooLarge)
    expect(() => write(new Array(2 ** 31))).toThrow(tooLarge)
    let doubled: unknown = 'x'
    for (let i = 0; i < 60; i++) doubled = [doubled, doubled]
    expect(() => write(doubled, 10_000)).toThrow(tooLarge)
  })
})

describe('foreign msgpack becomes what a record may hold', () => {
  test.each<[string, number[], unknown]>([
    ['float NaN', [0xca, 0x7f, 0xc0, 0, 0], null],
    ['double infinity', [0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0], null],
    ['an unknown extension', [0xd5, 5, 1, 2], Uint8Array.of(1, 2)],
    ['an extension of no bytes', [0xc7, 0, 9], new Uint8Array(0)],
    ['a timestamp of a wrong length', [0xd4, 0xff, 1], Uint8Array.of(1)],
    ['an impossible date', [0xc7, 12, 0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], null],
    ['an integer key', [0x81, 0x05, 0x01], { 5: 1 }],
    ['damaged UTF-8', [0xa2, 0xc3, 0x28], '\ufffd('],
    ['a key __proto__', [0x82, 0xa9, ...Buffer.from('__proto__'), 0x80, 0xa1, 0x61, 1], { a: 1 }],
    ['a key twice', [0x82, 0xa1, 0x61, 1, 0xa1, 0x61, 2], { a: 2 }],
  ])('%s', (_, given, expected) => {
    expect(read(Uint8Array.from(given))).toStrictEqual(expected)
  })

  test('bytes are copies, and containers are frozen', () => {
    const given = write({ data: Uint8Array.of(1), list: [{}] })
    const value = read(given) as { data: Uint8Array; list: unknown[] }
    given.fill(0)
    expect(value.data).toEqual(Uint8Array.of(1))
    expect([value, value.list, value.list[0]].every(Object.isFrozen)).toBe(true)
  })

  test.each<[string, number[]]>([
    ['a type that does not exist', [0xc1]],
    ['a list as a key', [0x81, 0x90, 1]],
    ['4 billion elements in 5 bytes', [0xdd, 0xff, 0xff, 0xff, 0xff]],
    ['4 billion entries in 5 bytes', [0xdf, 0xff, 0xff, 0xff, 0xff]],
    ['a text of 4 GB', [0xdb, 0xff, 0xff, 0xff, 0xff, 0x61]],
    ['bytes of 4 GB', [0xc6, 0xff, 0xff, 0xff, 0xff, 0x61]],
    ['depth 65', [...new Array<number>(65).fill(0x91), 0]],
    ['depth in keys', [0x81, 0x91, 0x91]],
  ])('%s is refused', (_, given) => {
    expect(() => read(Uint8Array.from(given))).toThrow(expect.objectContaining({ code: 'PH_FRAME_MALFORMED' }))
  })
})
