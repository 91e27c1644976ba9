/**
 * Writes frames. What it writes, decodeFrame reads: the same limits hold here, and a batch that would break them is refused before it is sent.
 */
import { PumphouseError } from '../errors.ts'
import { counterOf, MAX_COUNTER, RECORD_ID_BYTES } from '../record-id.ts'
import { compress } from './compression.ts'
import {
  FLAG_ASCII,
  FLAG_BROTLI,
  FRAME_VERSION,
  MAX_HEADER_OBJECTS,
  MAX_PAYLOAD_BYTES,
  maxObjects,
  type Producer,
} from './frame.ts'
import { encodable, encodeInPlace, openTally } from './msgpack-encoder.ts'
import type { RowBatch } from './rows.ts'

/** How a frame is written. */
export interface EncodeOptions {
  /** Compress the rows when that pays. Default true. */
  readonly compress?: boolean
}

/** Bytes of a frame beside its rows: the producer with its counters. Far above any; a frame is refused beyond. */
const MAX_HEADER_BYTES = 256 * 1024

/** The header of an array of two: shapes and rows. */
const PAIR = 0x92
const PAIR_BYTES = 1

/** The header of an array of any length, with four bytes for it. */
const ARRAY_32 = 0xdd
const ARRAY_HEADER_BYTES = 5

/** Arrays of a payload beside its shapes and rows: around both, and around the rows. */
const ARRAYS_AROUND = 2

/** What a frame has beside the producer that the reader counts: its array, and the base id. */
const OBJECTS_AROUND = 2

/**
 * Encodes a batch as one frame in a buffer of its own. `baseId` are 12 bytes from a RecordIdSource, allocated for as many records as the
 * batch has rows.
 *
 * Throws PumphouseError PH_FRAME_TOO_LARGE for a batch beyond the limits of a frame; never for one whose `bytes` are within
 * MAX_BATCH_BYTES. Throws RangeError for a base id that is not 12 bytes or wraps within the batch.
 */
export function encodeFrame(
  baseId: Uint8Array,
  producer: Producer,
  batch: RowBatch,
  options: EncodeOptions = {},
): Uint8Array {
  if (baseId.length !== RECORD_ID_BYTES || counterOf(baseId) + batch.count > MAX_COUNTER) {
    throw new RangeError(`a base id of ${baseId.length} bytes that does not number ${batch.count} records`)
  }
  const payload = payloadOf(batch)
  const compressed = options.compress === false ? undefined : compress(payload)
  const fields = [
    FRAME_VERSION,
    FLAG_ASCII | (compressed === undefined ? 0 : FLAG_BROTLI),
    baseId,
    batch.count,
    payload.length,
    encodableProducer(producer),
    compressed ?? payload,
  ]
  return encodeInPlace(fields, (compressed ?? payload).length + MAX_HEADER_BYTES).slice()
}

function encodableProducer(producer: Producer): unknown {
  const tally = openTally(MAX_HEADER_BYTES)
  const written = encodable(producer, tally)
  const objects = OBJECTS_AROUND + tally.objects
  if (objects > MAX_HEADER_OBJECTS)
    throw tooLarge(`the producer has ${objects} entries, a frame holds ${MAX_HEADER_OBJECTS}`)
  return written
}

/** [shapes, rows] in msgpack. */
function payloadOf({ shapes, count, rows, objects }: RowBatch): Uint8Array {
  const tally = openTally(MAX_PAYLOAD_BYTES)
  const names = encodeInPlace(encodable(shapes, tally), MAX_PAYLOAD_BYTES)
  const bytes = PAIR_BYTES + names.length + ARRAY_HEADER_BYTES + rows.length
  if (bytes > MAX_PAYLOAD_BYTES)
    throw tooLarge(`${bytes} bytes of rows, no more than ${MAX_PAYLOAD_BYTES} may be written`)
  const all = ARRAYS_AROUND + tally.objects + objects
  if (all > maxObjects(bytes)) throw tooLarge(`the batch holds ${all} objects in ${bytes} bytes`)
  const payload = Buffer.allocUnsafe(bytes)
  payload[0] = PAIR
  payload.set(names, PAIR_BYTES)
  const rowsAt = PAIR_BYTES + names.length
  payload[rowsAt] = ARRAY_32
  payload.writeUInt32BE(count, rowsAt + 1)
  payload.set(rows, rowsAt + ARRAY_HEADER_BYTES)
  return payload
}

function tooLarge(what: string): PumphouseError {
  return new PumphouseError('PH_FRAME_TOO_LARGE', what)
}
