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
  FRAME_LENGTH,
  FRAME_VERSION,
  MAX_HEADER_OBJECTS,
  MAX_PAYLOAD_BYTES,
  maxObjects,
  maxUnfoldedBytes,
  type Producer,
} from './frame.ts'
import { createMsgpackWriter, type MsgpackWriter } from './msgpack-writer.ts'
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

/** One writer each for the rows and the frame around them, kept for the next frame: a buffer a frame would be garbage a frame. */
let writers: { readonly rows: MsgpackWriter; readonly frame: MsgpackWriter } | undefined

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
  writers ??= { rows: createMsgpackWriter(), frame: createMsgpackWriter() }
  const rows = writeRows(writers.rows, batch)
  const deflated = options.compress === false ? undefined : deflate(rows)
  const payload = deflated ?? rows

  const { frame } = writers
  frame.reset(payload.length + MAX_HEADER_BYTES)
  frame.arrayHeader(FRAME_LENGTH)
  frame.value(FRAME_VERSION)
  frame.value(deflated === undefined ? 0 : FLAG_DEFLATED)
  frame.value(baseId)
  frame.value(batch.rows.length)
  frame.value(rows.length)
  frame.value(producer)
  if (frame.objects > MAX_HEADER_OBJECTS) {
    throw new PumphouseError(
      'PH_FRAME_TOO_LARGE',
      `the producer has ${frame.objects} entries, a frame holds ${MAX_HEADER_OBJECTS}`,
    )
  }
  frame.value(payload)
  return new Uint8Array(frame.written())
}

function writeRows(writer: MsgpackWriter, batch: RowBatch): Uint8Array {
  writer.reset(MAX_PAYLOAD_BYTES)
  writer.arrayHeader(2)
  writer.value(batch.shapes)
  writer.arrayHeader(batch.rows.length)
  for (const row of batch.rows) {
    const shape = row[0] as number
    const columns = batch.shapes[shape]
    if (columns === undefined) throw new RangeError(`a row of the unknown shape ${shape}`)
    writer.arrayHeader(columns.length + 1)
    writer.value(shape)
    for (let column = 1; column <= columns.length; column++) writer.value(row[column])
  }
  const rows = writer.written()
  if (rows.length > MAX_PAYLOAD_BYTES) {
    throw new PumphouseError(
      'PH_FRAME_TOO_LARGE',
      `the batch takes ${rows.length} bytes, a frame holds ${MAX_PAYLOAD_BYTES}`,
    )
  }
  if (writer.objects > maxObjects(rows.length)) {
    throw new PumphouseError('PH_FRAME_TOO_LARGE', `the batch holds ${writer.objects} objects in ${rows.length} bytes`)
  }
  return rows
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
