/** Containers at the border to the widest form of their length. */
import { isDeepStrictEqual } from 'node:util'
import { Encoder } from '@msgpack/msgpack'
import { expect, test } from 'vitest'
import { encodable, encodeInPlace, openTally } from './msgpack-encoder.ts'
import { openMsgpack, readValue } from './msgpack-reader.ts'

const other = new Encoder({ useBigInt64: true })
const MAX_BYTES = 1e6

test.each([65_535, 65_536])('msgpack keeps containers of %d', length => {
  const array = new Array<number>(length).fill(1)
  const map = Object.fromEntries(array.map((_, i) => [`${i}`, i]))
  for (const value of [array, map, new Uint8Array(length)]) {
    const written = encodeInPlace(encodable(value, openTally(MAX_BYTES)), MAX_BYTES).slice()
    expect(isDeepStrictEqual(readValue(openMsgpack(written, MAX_BYTES)), value)).toBe(true)
    expect(isDeepStrictEqual(new Uint8Array(other.encode(value)), written)).toBe(true)
  }
})
