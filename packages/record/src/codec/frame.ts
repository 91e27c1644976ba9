/**
 * A frame: some records on their way from a reporter to the daemon, in a form any msgpack library can read.
 *
 * One msgpack array of fixed positions:
 *
 *   0 version       uint   1
 *   1 flags         uint   bit 0: the payload is deflated, in the zlib format; for producers that have no Brotli
 *                          bit 1: values of rows that are texts of the forms fixstr, str 8 and str 16 are ASCII; others have the form str 32
 *                          bit 2: the payload is 4 bytes of CRC-32, most significant first, and what that is of: a Brotli stream
 *   2 baseId        bin    12 bytes in ObjectId form; record i has this id + i, and the last 3 bytes never wrap
 *   3 count         uint   records
 *   4 payloadBytes  uint   bytes of the payload before compression
 *   5 producer      map    service, instance, lane: str; sequence: uint or float;
 *                          counters: map of created, sampledOut, spooled: number; dropped, altered, and
 *                          sampledOutByRoute if anything was: map of str to number
 *   6 payload       bin    msgpack of [shapes, rows], compressed when flag bit 0 or 2 is set
 *
 *   shapes   array of arrays of str: the column names of each shape
 *   rows     array, in the order the records were made: [index into shapes, value of each column …]
 *
 * Why rows and not maps: names are written once a frame. Why not one table a shape: the order of the records is kept
 * for one byte a record. An absent field is another shape. Dates are msgpack's timestamp extension (-1), bytes are bin, integers
 * beyond 32 bits are float64, and int64/uint64 on the wire are bigints. A newer frame has another version or another flag.
 */
import type { AnalyticsRecord } from '../record.ts'

/** The version this release writes and reads. */
export const FRAME_VERSION = 1

/** Flag bit 0: the payload is deflated. This release reads it and does not write it. */
export const FLAG_DEFLATED = 1

/** Flag bit 1: the short texts in rows are ASCII, which a reader may use to read them faster (ascii-texts.ts). */
export const FLAG_ASCII = 2

/** Flag bit 2: the payload is compressed by Brotli, with a checksum before it. */
export const FLAG_BROTLI = 4

/** At most one of these is set. */
export const COMPRESSION_FLAGS = FLAG_DEFLATED | FLAG_BROTLI

/** Every flag this release knows. */
export const KNOWN_FLAGS = COMPRESSION_FLAGS | FLAG_ASCII

/** Positions in a frame. */
export const FRAME_LENGTH = 7

/** Objects in a frame beside its rows: the array itself and the producer with its counters by reason. */
export const MAX_HEADER_OBJECTS = 2048

/** A payload holds at most this many bytes before compression, unless the decoder is told another limit. */
export const MAX_PAYLOAD_BYTES = 8 * 1024 * 1024

/** A decoder unfolds a payload of this size however small it is compressed: honest batches of similar records shrink beyond any ratio. */
const UNFOLD_FREE_BYTES = 1024 * 1024

/** Above that, compressed bytes may unfold this many times; the encoder leaves uncompressed what would shrink further. */
const MAX_RATIO = 256

/** Containers nested in one value. Rows are cut far above this (`RowLimits.maxDepth`), so only a foreign frame reaches it. */
export const MAX_VALUE_DEPTH = 64

/** The most a decoder unfolds from this many compressed bytes. */
export function maxUnfoldedBytes(compressedBytes: number): number {
  return UNFOLD_FREE_BYTES + MAX_RATIO * compressedBytes
}

/**
 * How many things that cost much more memory than their bytes on the wire (arrays, maps and their entries, columns of wide rows, byte strings,
 * dates) a payload may hold. The fixed part is what a batch within MAX_BATCH_BYTES can hold, since each is charged OBJECT_BYTES there.
 */
export function maxObjects(payloadBytes: number): number {
  return MAX_BATCH_BYTES / OBJECT_BYTES + 1024 + Math.floor(payloadBytes / 16)
}

/** Columns of a row that cost little more memory than their values. See objectsOfRow. */
const MAX_SLIM_COLUMNS = 48

/**
 * What a row of so many columns counts among the objects: one, and in wide rows one more for each column, because V8 makes a dictionary of an
 * object that wide, some 60 bytes a field whatever the field holds (record-maker.ts).
 */
export function objectsOfRow(columns: number): number {
  return columns > MAX_SLIM_COLUMNS ? 1 + columns : 1
}

/** Every batch whose estimated bytes are no more than this can be encoded, whatever it holds; a larger one may be refused. */
export const MAX_BATCH_BYTES = 2 * 1024 * 1024

/**
 * What the estimate of a batch's bytes charges for a row, a column of a wide row, a container, an entry of a map, a date. About what V8 takes
 * for them.
 */
export const OBJECT_BYTES = 32

/** Cumulative counts of one reporter since it started, as of the moment the frame was closed. */
export interface ProducerCounters {
  /** record() calls. */
  readonly created: number
  readonly sampledOut: number
  /** The same by route: '' where there is none, `other` for those beyond the first ones. Absent: nothing was, or the reporter does not say. */
  readonly sampledOutByRoute?: Readonly<Record<string, number>>
  /** Records dropped, by reason (`buffer_full`, `closed`, …). */
  readonly dropped: Readonly<Record<string, number>>
  readonly spooled: number
  /** Fields replaced or cut, by reason (`too_long`, `cycle`, `function`, …). */
  readonly altered: Readonly<Record<string, number>>
}

/** Who wrote a frame. */
export interface Producer {
  readonly service: string
  /** One reporter in one process: unique per start. */
  readonly instance: string
  /** One ordered sequence of frames of that instance. */
  readonly lane: string
  /** 1 for the lane's first frame, then one more for each. */
  readonly sequence: number
  readonly counters: ProducerCounters
}

/** A decoded frame. Its records are frozen and carry their ids. */
export interface Frame {
  readonly version: number
  readonly baseId: Uint8Array
  readonly producer: Producer
  readonly records: readonly AnalyticsRecord[]
  /** Bytes of the rows before compression: what to charge a cache or a memory bound with. */
  readonly payloadBytes: number
}
