/**
 * Writes rows as msgpack while records come in, on the thread of the application's requests: bytes cost that thread less than handing values to
 * another one does (structured clone), and nothing then has to be read and written once more over there.
 *
 * Texts, numbers and booleans, nearly all that rows hold, are written here; everything else by @msgpack/msgpack (msgpack-encoder.ts).
 */
import { objectsOfRow } from './frame.ts'
import { encodable, encodeInPlace, openTally } from './msgpack-encoder.ts'

/** Where a buffer begins. It grows to twice its size, so one that grew for a batch is half filled by it; a usual batch of 200 records takes 20 to 40 KiB. */
const INITIAL_BYTES = 8 * 1024

/** What buffers that wait for their next batch may take together, and so each of them. */
const KEEP_BYTES = 1024 * 1024

/** A buffer that is filled less goes on with the next batch, and the bytes go in memory of their own: those of a batch that waits are to be what it counts for. */
const MIN_FILLED_SHARE = 0.5

/**
 * Buffers go from thread to thread and come back, rather than be copied on the way and collected at both ends: a batch lives as long as its push, so the collector of
 * the application would take each for one that stays. Where there is no shared memory they are copied.
 */
const Memory: new (bytes: number) => ArrayBufferLike = globalThis.SharedArrayBuffer ?? ArrayBuffer

/** Up to here a loop over the characters beats a call into the engine's encoder (measured: even at about 50). */
const MAX_LOOPED_UNITS = 48

/** A UTF-16 unit becomes at most three bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3

/** The most that a type byte and a length or a number after it take. */
const MAX_HEAD_BYTES = 9

/** More than the limits of a record let any of its values become (row-limits.ts). */
const MAX_VALUE_BYTES = 8 * 1024 * 1024

/** Rows in msgpack, one array each: [number of the shape, value of each column …]. */
export interface WrittenRows {
  readonly rows: Uint8Array
  /** What the reader will count: arrays, maps, map entries, byte strings, dates, columns of wide rows. */
  readonly objects: number
}

/** Appends rows to a buffer that it owns. */
export interface RowWriter {
  /** Appends [shape, the first `count` of values]. When it throws (no memory), nothing was appended. */
  write(shape: number, values: readonly unknown[], count: number): void
  /** Hands over what was written, in memory that nothing here touches before `reuse`, and starts anew. */
  take(): WrittenRows
  /** Nobody on any thread reads these rows any more. Never throws. */
  reuse(rows: Uint8Array): void
}

export function createRowWriter(): RowWriter {
  let bytes = bufferOf(INITIAL_BYTES)
  let view = new DataView(bytes.buffer)
  const lent = new WeakMap<ArrayBufferLike, Buffer>()
  const spare: Buffer[] = []
  let position = 0
  let objects = 0

  function reserve(count: number): void {
    if (position + count > bytes.length) grow(position + count)
  }

  function grow(needed: number): void {
    const larger = bufferOf(Math.max(needed, bytes.length * 2))
    const largerView = new DataView(larger.buffer)
    bytes.copy(larger, 0, 0, position)
    bytes = larger
    view = largerView
  }

  /** Goes on with another buffer; the one so far belongs to who has its rows. False, and nothing has changed, when there is no memory for that. */
  function lend(): boolean {
    try {
      const buffer = spare.pop() ?? bufferOf(INITIAL_BYTES)
      const bufferView = new DataView(buffer.buffer)
      lent.set(bytes.buffer, bytes)
      bytes = buffer
      view = bufferView
    } catch {
      return false
    }
    return true
  }

  /** A type byte and a number of 1, 2 or 4 bytes after it. Room is there. */
  function head(type: number, width: 1 | 2 | 4, count: number): void {
    bytes[position] = type
    if (width === 1) bytes[position + 1] = count
    else if (width === 2) view.setInt16(position + 1, count)
    else view.setInt32(position + 1, count)
    position += 1 + width
  }

  function arrayHeader(length: number): void {
    if (length < 16) bytes[position++] = 0x90 | length
    else head(0xdc, 2, length)
  }

  function string(text: string): void {
    if (text.length > MAX_LOOPED_UNITS || !shortAscii(text)) longString(text)
  }

  /** Whether the text was written; not if it holds anything but ASCII. */
  function shortAscii(text: string): boolean {
    const units = text.length
    reserve(2 + units)
    const start = units < 32 ? position + 1 : position + 2
    for (let i = 0; i < units; i++) {
      const unit = text.charCodeAt(i)
      if (unit > 0x7f) return false
      bytes[start + i] = unit
    }
    if (units < 32) bytes[position] = 0xa0 | units
    else {
      bytes[position] = 0xd9
      bytes[position + 1] = units
    }
    position = start + units
    return true
  }

  /** Any other text; what is not ASCII in the form that says so (FLAG_ASCII). Half a surrogate pair becomes U+FFFD. */
  function longString(text: string): void {
    const units = text.length
    reserve(MAX_HEAD_BYTES + units * MAX_BYTES_PER_UNIT)
    const start = position + (units < 0x100 ? 2 : units < 0x10000 ? 3 : 5)
    const written = bytes.write(text, start, 'utf8')
    if (written === units && units < 0x10000) {
      if (units < 0x100) head(0xd9, 1, units)
      else head(0xda, 2, units)
    } else {
      if (start < position + 5) bytes.copyWithin(position + 5, start, start + written)
      head(0xdb, 4, written)
    }
    position += written
  }

  function number(value: number): void {
    reserve(MAX_HEAD_BYTES)
    if (!Number.isInteger(value) || value > 0xffffffff || value < -0x80000000) {
      bytes[position] = 0xcb
      view.setFloat64(position + 1, value)
      position += 9
    } else if (value >= 0) {
      if (value < 0x80) bytes[position++] = value
      else if (value < 0x100) head(0xcc, 1, value)
      else if (value < 0x10000) head(0xcd, 2, value)
      else head(0xce, 4, value)
    } else if (value >= -0x20) bytes[position++] = value & 0xff
    else if (value >= -0x80) head(0xd0, 1, value & 0xff)
    else if (value >= -0x8000) head(0xd1, 2, value)
    else head(0xd2, 4, value)
  }

  function other(value: unknown): void {
    const tally = openTally(MAX_VALUE_BYTES)
    const encoded = encodeInPlace(encodable(value, tally), MAX_VALUE_BYTES)
    reserve(encoded.length)
    bytes.set(encoded, position)
    position += encoded.length
    objects += tally.objects
  }

  function value(value: unknown): void {
    if (typeof value === 'string') string(value)
    else if (typeof value === 'number' && Number.isFinite(value)) number(value)
    else if (typeof value === 'boolean') {
      reserve(1)
      bytes[position++] = value ? 0xc3 : 0xc2
    } else other(value)
  }

  return {
    write(shape, values, count) {
      const positionBefore = position
      const objectsBefore = objects
      try {
        reserve(MAX_HEAD_BYTES)
        arrayHeader(count + 1)
        number(shape)
        for (let i = 0; i < count; i++) value(values[i])
        objects += objectsOfRow(count)
      } catch (error) {
        position = positionBefore
        objects = objectsBefore
        throw error
      }
    },
    take() {
      const filled = bytes.subarray(0, position)
      const goes = position >= bytes.length * MIN_FILLED_SHARE && lend()
      const written = { rows: goes ? filled : new Uint8Array(filled), objects }
      // A buffer that was needed once is not kept for good.
      if (!goes && bytes.length > KEEP_BYTES) lend()
      position = 0
      objects = 0
      return written
    },
    reuse({ buffer }) {
      try {
        const back = lent.get(buffer)
        if (back === undefined || bytesOf(spare) + back.length > KEEP_BYTES) return
        lent.delete(buffer)
        spare.push(back)
      } catch {
        // Where somebody changed the built-in objects it goes to the collector.
      }
    },
  }
}

function bufferOf(bytes: number): Buffer {
  return Buffer.from(new Memory(bytes))
}

function bytesOf(buffers: readonly Buffer[]): number {
  return buffers.reduce((sum, buffer) => sum + buffer.length, 0)
}
