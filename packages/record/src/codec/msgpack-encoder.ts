/**
 * Writes plain values as msgpack, with @msgpack/msgpack. Before the library sees a value, `encodable` walks it once and makes it what a record
 * may hold, because the library would write half of a surrogate pair as it stands, wrap a bigint beyond 64 bits, and throw for
 * a function, a symbol or a deep value. The same walk counts what our reader will count, and stops where the bytes can only become too many.
 *
 * Lists and maps are copied, so what was counted is what is written.
 */
import { Encoder } from '@msgpack/msgpack'
import { PumphouseError } from '../errors.ts'
import { MAX_VALUE_DEPTH } from './frame.ts'

/** Bytes the encoder keeps between uses; a larger buffer is given back. */
const KEEP_BYTES = 1024 * 1024

const MIN_INT64 = -(2n ** 63n)
const MAX_UINT64 = 2n ** 64n - 1n

/** What the values walked so far will take. */
export interface Tally {
  /** Arrays, maps, map entries, byte strings and dates. */
  objects: number
  /** What is left of the bytes, at the least that the values can take: a byte for each value and each unit of a text. */
  bytesLeft: number
}

let encoder: Encoder | undefined

/** A new count. A walk that takes more than `maxBytes` ends in PH_FRAME_TOO_LARGE. */
export function openTally(maxBytes: number): Tally {
  return { objects: 0, bytesLeft: maxBytes }
}

/** Takes `bytes` off what is left. */
export function charge(tally: Tally, bytes: number): void {
  tally.bytesLeft -= bytes
  if (tally.bytesLeft < 0)
    throw new PumphouseError('PH_FRAME_TOO_LARGE', 'the values take more bytes than may be written')
}

/**
 * The value as the library can write it: itself where nothing must change, else a copy. A surrogate without its other half becomes U+FFFD, a
 * bigint beyond 64 bits its decimal digits, what msgpack or a record cannot hold null. Never throws for a plain value, but PH_FRAME_TOO_LARGE.
 */
export function encodable(value: unknown, tally: Tally, depth = 0): unknown {
  switch (typeof value) {
    case 'string':
      charge(tally, value.length)
      return value.toWellFormed()
    case 'number':
      return Number.isFinite(value) ? value : null
    case 'boolean':
      return value
    case 'bigint':
      return value > MAX_UINT64 || value < MIN_INT64 ? encodable(value.toString(), tally) : value
    case 'object':
      return value === null ? null : encodableObject(value, tally, depth)
    default:
      return null
  }
}

function encodableObject(value: object, tally: Tally, depth: number): unknown {
  if (value instanceof Uint8Array) {
    charge(tally, value.length)
    tally.objects++
    return value
  }
  if (value instanceof Date) return encodableDate(value, tally)
  if (depth >= MAX_VALUE_DEPTH) return null
  tally.objects++
  return Array.isArray(value) ? encodableArray(value, tally, depth) : encodableMap(value, tally, depth)
}

function encodableDate(value: Date, tally: Tally): Date | null {
  if (Number.isNaN(value.getTime())) return null
  tally.objects++
  return value
}

function encodableArray(values: readonly unknown[], tally: Tally, depth: number): unknown[] {
  charge(tally, values.length)
  const copy: unknown[] = []
  for (let i = 0; i < values.length; i++) copy.push(encodable(values[i], tally, depth + 1))
  return copy
}

function encodableMap(value: object, tally: Tally, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    // Assigning to this name would set the prototype, and no reader takes it.
    if (key === '__proto__') continue
    tally.objects++
    charge(tally, 2 + key.length)
    copy[key.toWellFormed()] = encodable((value as Record<string, unknown>)[key], tally, depth + 1)
  }
  return copy
}

/**
 * What `encodable` gave, in msgpack: a view that is valid until the next call. Throws PH_FRAME_TOO_LARGE beyond `maxBytes`.
 */
export function encodeInPlace(value: unknown, maxBytes: number): Uint8Array {
  encoder ??= new Encoder({ useBigInt64: true })
  const bytes = encoder.encodeSharedRef(value)
  if (bytes.buffer.byteLength > KEEP_BYTES) encoder = undefined
  if (bytes.length <= maxBytes) return bytes
  throw new PumphouseError('PH_FRAME_TOO_LARGE', `${bytes.length} bytes, no more than ${maxBytes} may be written`)
}
