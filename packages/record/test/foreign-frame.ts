/** Frames put together by hand, as a foreign or hostile producer may. */
import { brotliCompressSync, constants, crc32, deflateSync } from 'node:zlib'
import { encode } from '@msgpack/msgpack'
import { type DecodeLimits, decodeFrame } from '../src/codec/decode-frame.ts'
import type { Producer } from '../src/codec/frame.ts'
import { PumphouseError } from '../src/errors.ts'

export const producer: Producer = {
  service: 'orders',
  instance: 'i',
  lane: 'l',
  sequence: 1,
  counters: { created: 9, sampledOut: 0, dropped: { full: 1 }, spooled: 0, altered: {} },
}
export const baseId = new Uint8Array(12).fill(7)

/** A frame with some of its seven fields replaced. */
export function foreign(fields: Record<number, unknown>, rows: unknown = [[['a']], [[0, 1]]]): Uint8Array {
  const payload = encode(rows)
  return encode(Object.assign([1, 0, baseId, 1, payload.length, producer, payload], fields))
}

/** Ways in which rows are compressed, each with its flag in the frame. */
export type Compression = (payload: Uint8Array) => [flag: number, compressed: Uint8Array]

const deflate: Compression = payload => [1, deflateSync(payload, { level: 9 })]
/** With the largest window there is, so that a reader has the most to set aside. */
const brotli: Compression = payload => {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 }
  return [4, checked(brotliCompressSync(payload, { params }))]
}
export const compressions: [string, Compression][] = [
  ['deflate', deflate],
  ['Brotli', brotli],
]

/** A Brotli stream behind the checksum that a frame has before it. */
export function checked(stream: Uint8Array): Uint8Array {
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(stream))
  return Buffer.concat([sum, stream])
}

/** A compressed frame; `declared` is what it says it unfolds to. */
export function compressed(
  compression: Compression,
  payload: Uint8Array,
  declared = payload.length,
  count = 1,
): Uint8Array {
  const [flag, bytes] = compression(payload)
  return encode([1, flag, baseId, count, declared, producer, bytes])
}

/** The code that decoding ends in; undefined when it succeeds. An error without a code is thrown on. */
export function codeOf(bytes: Uint8Array, limits?: DecodeLimits): string | undefined {
  try {
    decodeFrame(bytes, limits)
    return undefined
  } catch (error) {
    if (error instanceof PumphouseError) return error.code
    throw error
  }
}
