/**
 * Reads frames, from bytes nobody vouches for: what is in Redis may be damaged, foreign or made to harm. Every step checks before it
 * allocates, and what goes wrong ends in one of three coded errors, so the caller can quarantine the bytes and go on.
 */
import { PumphouseError } from '../errors.ts'
import type { AnalyticsRecord } from '../record.ts'
import { counterOf, createIdPrinter, MAX_COUNTER, RECORD_ID_BYTES } from '../record-id.ts'
import { readCell } from './ascii-texts.ts'
import { decompress } from './compression.ts'
import {
  COMPRESSION_FLAGS,
  FLAG_ASCII,
  FRAME_LENGTH,
  FRAME_VERSION,
  type Frame,
  KNOWN_FLAGS,
  MAX_HEADER_OBJECTS,
  MAX_PAYLOAD_BYTES,
  maxObjects,
  maxUnfoldedBytes,
  objectsOfRow,
} from './frame.ts'
import {
  countObjects,
  type MsgpackSource,
  malformed,
  openMsgpack,
  readArrayHeader,
  readBinaryInPlace,
  readCount,
  readValue,
} from './msgpack-reader.ts'
import { readProducer } from './producer.ts'
import { type RecordMaker, recordMaker } from './record-maker.ts'

/** What one frame may cost. */
export interface DecodeLimits {
  /** Bytes of the rows before compression. Default 8 MiB; encodeFrame writes no more than that. */
  readonly maxPayloadBytes?: number
}

interface Envelope {
  readonly baseId: Uint8Array
  readonly count: number
  readonly payloadBytes: number
  readonly flags: number
  readonly producer: Frame['producer']
  readonly payload: Uint8Array
}

/**
 * Decodes one frame. Its records are deeply frozen (but for the insides of dates and byte strings, which JavaScript cannot
 * freeze), own their memory, and carry their ids.
 *
 * Throws PumphouseError and nothing else, whatever the bytes: PH_FRAME_MALFORMED (not a frame, cut, damaged), PH_FRAME_VERSION (a newer
 * version or flag), PH_FRAME_TOO_LARGE (beyond the limits). What it makes of a frame takes no more than 16 bytes of memory for each byte of
 * the rows and 16 MiB besides (and about as much again in passing), however the rows are made; honest frames take about 3. The rows are no more than
 * maxPayloadBytes, nor more than 1 MiB + 256 times the bytes of the frame.
 */
export function decodeFrame(bytes: Uint8Array, limits: DecodeLimits = {}): Frame {
  const envelope = readEnvelope(bytes, limits.maxPayloadBytes ?? MAX_PAYLOAD_BYTES)
  const { payload, flags, payloadBytes } = envelope
  const rows = isCompressed(flags) ? decompress(payload, flags, payloadBytes) : payload
  return {
    version: FRAME_VERSION,
    baseId: envelope.baseId,
    producer: envelope.producer,
    records: readRecords(rows, envelope),
    payloadBytes,
  }
}

/**
 * Reads who made a frame and leaves its rows alone: a few microseconds, whatever the frame holds. Throws as decodeFrame does; damage in the rows
 * is not seen.
 */
export function decodeProducer(bytes: Uint8Array): Frame['producer'] {
  return readEnvelope(bytes, MAX_PAYLOAD_BYTES).producer
}

function readEnvelope(bytes: Uint8Array, maxPayloadBytes: number): Envelope {
  const source = openMsgpack(bytes, MAX_HEADER_OBJECTS)
  const length = readArrayHeader(source)
  const version = readCount(source, 'version')
  if (version !== FRAME_VERSION) throw unknownVersion(`version ${version}`)
  if (length !== FRAME_LENGTH) throw malformed(`expected ${FRAME_LENGTH} fields, found ${length}`, source)
  const flags = readCount(source, 'flags')
  if ((flags & ~KNOWN_FLAGS) !== 0 || flags > KNOWN_FLAGS) throw unknownVersion(`flags ${flags}`)
  if ((flags & COMPRESSION_FLAGS) === COMPRESSION_FLAGS) throw malformed('compressed in two ways', source)

  const baseId = Uint8Array.from(readBinaryInPlace(source, 'baseId'))
  if (baseId.length !== RECORD_ID_BYTES) throw malformed(`a base id of ${baseId.length} bytes`, source)
  const count = readCount(source, 'count')
  if (counterOf(baseId) + count > MAX_COUNTER) throw malformed(`${count} records do not fit after the base id`, source)
  const payloadBytes = readCount(source, 'payloadBytes')
  if (payloadBytes > maxPayloadBytes) throw tooLarge(`${payloadBytes} bytes of rows, the limit is ${maxPayloadBytes}`)
  const producer = readProducer(source)

  const payload = readBinaryInPlace(source, 'payload')
  if (source.position !== bytes.length) throw malformed('something after the frame', source)
  if (isCompressed(flags) && payloadBytes > maxUnfoldedBytes(payload.length)) {
    throw tooLarge(`${payload.length} bytes declared to unfold to ${payloadBytes}`)
  }
  if (!isCompressed(flags) && payload.length !== payloadBytes)
    throw malformed('the rows have another length than declared', source)
  return { baseId, count, payloadBytes, flags, producer, payload }
}

function isCompressed(flags: number): boolean {
  return (flags & COMPRESSION_FLAGS) !== 0
}

function readRecords(rows: Uint8Array, { baseId, count, flags }: Envelope): readonly AnalyticsRecord[] {
  const source = openMsgpack(rows, maxObjects(rows.length))
  if (readArrayHeader(source) !== 2) throw malformed('expected shapes and rows', source)
  const shapes = readShapes(source)
  if (readArrayHeader(source) !== count) throw malformed(`expected ${count} rows`, source)

  const makers: RecordMaker[] = []
  const readCells = (flags & FLAG_ASCII) !== 0 ? readCell : readValue
  const idAt = createIdPrinter(baseId)
  const records: AnalyticsRecord[] = []
  for (let i = 0; i < count; i++) {
    const length = readArrayHeader(source)
    const shape = readCount(source, 'shape')
    const columns = shapes[shape]
    if (columns === undefined || columns.length !== length - 1) throw malformed(`row ${i} has no such shape`, source)
    countObjects(source, objectsOfRow(columns.length) - 1)
    makers[shape] ??= recordMaker(columns, readCells)
    records.push(makers[shape](source, idAt(i)))
  }
  if (source.position !== rows.length) throw malformed('something after the rows', source)
  return Object.freeze(records)
}

function readShapes(source: MsgpackSource): readonly (readonly string[])[] {
  const shapes: (readonly string[])[] = []
  for (let left = readArrayHeader(source); left > 0; left--) {
    const columns: string[] = []
    for (let columnsLeft = readArrayHeader(source); columnsLeft > 0; columnsLeft--) {
      const name = readValue(source)
      if (typeof name !== 'string') throw malformed('a column name that is no string', source)
      columns.push(name)
    }
    shapes.push(columns)
  }
  return shapes
}

function tooLarge(what: string): PumphouseError {
  return new PumphouseError('PH_FRAME_TOO_LARGE', what)
}

function unknownVersion(what: string): PumphouseError {
  return new PumphouseError('PH_FRAME_VERSION', `${what} is not known to this release`)
}
