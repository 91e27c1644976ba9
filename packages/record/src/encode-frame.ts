/**
 * Writes frames. What it writes, decodeFrame reads: the same limits hold here, and a batch that would break them is refused before it is sent.
 *
 * Deflate level 1 at memLevel 9 takes 1.07 µs a record on 500 rows of 15 fields, one of them a random id, and leaves 57 of their 187 bytes;
 * at the default memLevel 8 it takes 1.23 for the same. The more alike the records, the less it takes. (Brotli 0 takes half of that, but
 * 1.5 times as long to undo, which is the daemon's scarcer time, and carries no checksum.) Below MIN_DEFLATE_BYTES its fixed cost, some
 * 20 µs here and 10 in the reader, outweighs the bytes.
 */
import { constants, deflateSync } from 'node:zlib'
import { PumphouseError } from './errors.ts'
import {
  FLAG_DEFLATED,
  FRAME_VERSION,
  MAX_HEADER_OBJECTS,
  MAX_PAYLOAD_BYTES,
  maxObjects,
  maxUnfoldedBytes,
  objectsOfRow,
  type Producer,
} from './frame.ts'
import { charge, encodable, encodeInPlace, openTally, type Tally } from './msgpack-encoder.ts'
import { counterOf, MAX_COUNTER, RECORD_ID_BYTES } from './record-id.ts'
import type { RowBatch } from './rows.ts'

/** How a frame is written. */
export interface EncodeOptions {
  /** Deflate the rows when that pays. Default true. */
  readonly compress?: boolean
}

const MIN_DEFLATE_BYTES = 2048

/** Deflated rows are taken when they are at most this share of what they were: less gain is not worth the reader's time. */
const MAX_DEFLATED_SHARE = 0.9

/** Bytes of a frame beside its rows: the producer with its counters. Far above any; a frame is refused beyond. */
const MAX_HEADER_BYTES = 256 * 1024

/** Arrays of a payload beside its shapes and rows: around both, around the shapes, around the rows. */
const ARRAYS_AROUND = 3

/** What a frame has beside the producer that the reader counts: its array, and the base id. */
const OBJECTS_AROUND = 2

/**
 * Encodes a batch as one frame in a buffer of its own. `baseId` are 12 bytes from a RecordIdSource, allocated for as many records as the
 * batch has rows. Values are written as they are in the rows; what a row cannot hold (only rows not made by a RowBuilder have it)
 * becomes null.
 *
 * Throws PumphouseError PH_FRAME_TOO_LARGE for a batch beyond the limits of a frame; never for one whose `bytes` are within
 * MAX_BATCH_BYTES. Throws RangeError for a row of an unknown shape and for a base id that is not 12 bytes or wraps within the batch.
 */
export function encodeFrame(
  baseId: Uint8Array,
  producer: Producer,
  batch: RowBatch,
  options: EncodeOptions = {},
): Uint8Array {
  if (baseId.length !== RECORD_ID_BYTES || counterOf(baseId) + batch.rows.length > MAX_COUNTER) {
    throw new RangeError(`a base id of ${baseId.length} bytes that does not number ${batch.rows.length} records`)
  }
  const rows = writeRows(batch)
  const deflated = options.compress === false ? undefined : deflate(rows)
  const fields = [
    FRAME_VERSION,
    deflated === undefined ? 0 : FLAG_DEFLATED,
    baseId,
    batch.rows.length,
    rows.length,
    encodableProducer(producer),
    deflated ?? rows.slice(),
  ]
  return encodeInPlace(fields, (deflated ?? rows).length + MAX_HEADER_BYTES).slice()
}

function encodableProducer(producer: Producer): unknown {
  const tally = openTally(MAX_HEADER_BYTES)
  const written = encodable(producer, tally)
  const objects = OBJECTS_AROUND + tally.objects
  if (objects > MAX_HEADER_OBJECTS)
    throw tooLarge(`the producer has ${objects} entries, a frame holds ${MAX_HEADER_OBJECTS}`)
  return written
}

/** [shapes, rows] in msgpack, valid until the next value is written. */
function writeRows(batch: RowBatch): Uint8Array {
  const tally = openTally(MAX_PAYLOAD_BYTES)
  const shapes = batch.shapes.map(columns => columns.map(name => encodable(name, tally)))
  const rows = batch.rows.map(row => encodableRow(row, batch, tally))
  const written = encodeInPlace([shapes, rows], MAX_PAYLOAD_BYTES)
  const objects = ARRAYS_AROUND + shapes.length + tally.objects
  if (objects > maxObjects(written.length))
    throw tooLarge(`the batch holds ${objects} objects in ${written.length} bytes`)
  return written
}

/** The row itself when the library can write it as it is, as most rows are. */
function encodableRow(row: readonly unknown[], { shapes }: RowBatch, tally: Tally): readonly unknown[] {
  const shape = row[0]
  const columns = typeof shape === 'number' ? shapes[shape] : undefined
  if (columns === undefined) throw new RangeError(`a row of the unknown shape ${shape}`)
  const length = columns.length + 1
  charge(tally, length)
  tally.objects += objectsOfRow(columns.length)
  let written: unknown[] | undefined
  if (row.length !== length) written = Array.from({ length }, (_, i) => row[i])
  for (let i = 1; i < length; i++) {
    const value = row[i]
    const kept = encodable(value, tally)
    if (kept !== value) {
      written ??= row.slice()
      written[i] = kept
    }
  }
  return written ?? row
}

function deflate(rows: Uint8Array): Uint8Array | undefined {
  if (rows.length < MIN_DEFLATE_BYTES) return undefined
  const deflated = deflateSync(rows, {
    level: constants.Z_BEST_SPEED,
    memLevel: constants.Z_MAX_MEMLEVEL,
    chunkSize: Math.max(constants.Z_MIN_CHUNK, rows.length >> 1),
  })
  const pays = deflated.length <= rows.length * MAX_DEFLATED_SHARE
  return pays && rows.length <= maxUnfoldedBytes(deflated.length) ? deflated : undefined
}

function tooLarge(what: string): PumphouseError {
  return new PumphouseError('PH_FRAME_TOO_LARGE', what)
}
