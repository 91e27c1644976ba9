/**
 * How a frame lies in a file of the spool. Entries follow each other with nothing between them:
 *
 *    0  mark         u32  the same in every entry
 *    4  length       u32  bytes of the frame
 *    8  checksum     u32  CRC-32 of everything after it, begun with the length
 *   12  sequence     f64
 *   20  writtenAtMs  f64
 *   28  count        u32  records
 *   32  the frame
 *
 * A reader that meets damage (a checksum that is wrong, an entry that ends beyond the file) looks for the next mark behind which an entry is
 * whole. So a byte that was changed costs the entry it is in, and a file that was cut costs the entry it was cut in.
 */

import { crc32 } from 'node:zlib'
import type { OutgoingFrame } from '@pumphouse/queue'

/** Bytes of an entry beside its frame. */
export const ENTRY_HEADER_BYTES = 32
/** No reporter makes larger frames: their payload is at most 8 MiB before compression. A length beyond this is damage. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024

const MARK = Buffer.from([0x9d, 0x50, 0x48, 0xf1])
const CHECKED_FROM = 12

/** A frame as it lies in a file. */
export interface SpoolEntry extends OutgoingFrame {
  /** When it was written, ms since epoch. */
  readonly writtenAtMs: number
  /** Where the entry after it begins. */
  readonly end: number
}

/** What is at a place: an entry, not enough bytes to tell (it takes `needed` from there on), or no entry. */
export type EntryReading = SpoolEntry | { readonly needed: number } | 'damaged'

/** The bytes before the frame. */
export function entryHeader(frame: OutgoingFrame, writtenAtMs: number): Buffer {
  const header = Buffer.allocUnsafe(ENTRY_HEADER_BYTES)
  MARK.copy(header)
  header.writeUInt32LE(frame.bytes.length, 4)
  header.writeDoubleLE(frame.sequence, 12)
  header.writeDoubleLE(writtenAtMs, 20)
  header.writeUInt32LE(frame.count, 28)
  const start = crc32(header.subarray(CHECKED_FROM), frame.bytes.length)
  header.writeUInt32LE(crc32(frame.bytes, start), 8)
  return header
}

/** Reads the entry that begins at `at`. Its frame is a view of the buffer. */
export function readEntry(buffer: Buffer, at: number): EntryReading {
  const there = buffer.length - at
  if (MARK.compare(buffer, at, at + Math.min(MARK.length, there), 0, Math.min(MARK.length, there)) !== 0)
    return 'damaged'
  if (there < ENTRY_HEADER_BYTES) return { needed: ENTRY_HEADER_BYTES }
  const length = buffer.readUInt32LE(at + 4)
  if (length > MAX_FRAME_BYTES) return 'damaged'
  const end = at + ENTRY_HEADER_BYTES + length
  if (end > buffer.length) return { needed: ENTRY_HEADER_BYTES + length }
  if (crc32(buffer.subarray(at + CHECKED_FROM, end), length) !== buffer.readUInt32LE(at + 8)) return 'damaged'
  const sequence = buffer.readDoubleLE(at + 12)
  // Whole, and yet no reporter's: a push of it would be refused for ever.
  if (!Number.isSafeInteger(sequence) || sequence < 1) return 'damaged'
  return {
    sequence,
    writtenAtMs: buffer.readDoubleLE(at + 20),
    count: buffer.readUInt32LE(at + 28),
    bytes: buffer.subarray(at + ENTRY_HEADER_BYTES, end),
    end,
  }
}

/** Where the next entry may begin, at `from` or after it; if nowhere, where the rest is too short for a mark. */
export function nextMark(buffer: Buffer, from: number): number {
  const found = buffer.indexOf(MARK, from)
  return found < 0 ? Math.max(from, buffer.length - MARK.length + 1) : found
}
