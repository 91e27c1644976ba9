/** One file of the spool: frames are appended at its end, read and dropped at its beginning. */

import { closeSync, fstatSync, ftruncateSync, openSync, readSync, unlinkSync, writevSync } from 'node:fs'
import type { OutgoingFrame } from '@pumphouse/queue'
import { ENTRY_HEADER_BYTES, entryHeader, nextMark, readEntry, type SpoolEntry } from './spool-entry.ts'

/** Read at once: some frames of usual size. More when an entry is larger. */
const READ_BYTES = 256 * 1024
/** Others of this machine need not read what requests said. */
const OWNER_ONLY = 0o600

/** What was unreadable: in how many places, how many bytes. */
export interface Damage {
  places: number
  bytes: number
}

/** The frames of one file that are not dropped yet. Every method may throw what the file system throws. */
export interface SpoolSegment {
  readonly frames: number
  readonly records: number
  /** Size of the file. */
  readonly bytes: number
  /** When its newest frame was written, ms since epoch; 0 when it holds none. */
  readonly newestAtMs: number
  /** The highest sequence ever in it. */
  readonly lastSequence: number
  append(frame: OutgoingFrame, nowMs: number): void
  /** The first frames, at least one unless none is left, without dropping them. */
  read(maxFrames: number, maxBytes: number): readonly SpoolEntry[]
  /** Forgets the first frame, which was read or appended before. */
  drop(frame: OutgoingFrame & { readonly end?: number }): void
  /** Empties the file. */
  clear(): void
  /** Closes it, and removes it from `path` unless that is undefined. Never throws. */
  close(path: string | undefined): void
}

/** A new file. Throws when it exists. */
export function createSegment(path: string): SpoolSegment {
  return segmentOf(openSync(path, 'wx+', OWNER_ONLY), { places: 0, bytes: 0 })
}

/** A file that another lane, or an earlier thread of this one, left. It is read through once; what is unreadable is added to `damage`. */
export function openSegment(path: string, damage: Damage): SpoolSegment {
  return segmentOf(openSync(path, 'r+'), damage)
}

function segmentOf(fd: number, damage: Damage): SpoolSegment {
  let size = fstatSync(fd).size
  let head = 0
  let frames = 0
  let records = 0
  let newestAtMs = 0
  let lastSequence = 0

  function count(frame: OutgoingFrame, atMs: number): void {
    frames++
    records += frame.count
    newestAtMs = Math.max(newestAtMs, atMs)
    lastSequence = Math.max(lastSequence, frame.sequence)
  }

  /** Calls `take` with whole entries from `from` on until it answers false or the file ends; skips and counts what is damaged. */
  function walk(from: number, into: Damage, take: (entry: SpoolEntry) => boolean): void {
    let position = from
    let wanted = READ_BYTES
    let damaged = false
    while (position < size) {
      const buffer = Buffer.allocUnsafe(Math.min(wanted, size - position))
      const window = buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, position))
      if (window.length === 0) return
      const last = position + window.length >= size
      let at = 0
      while (at < window.length) {
        const reading = readEntry(window, at)
        if (reading !== 'damaged' && 'bytes' in reading) {
          damaged = false
          at = reading.end
          if (!take({ ...reading, end: position + at })) return
          continue
        }
        if (reading !== 'damaged' && !last) {
          wanted = Math.max(READ_BYTES, reading.needed)
          break
        }
        if (!damaged) into.places++
        damaged = true
        const next = nextMark(window, at + 1)
        into.bytes += next - at
        at = next
      }
      position += at
      if (at > 0 && wanted > READ_BYTES) wanted = READ_BYTES
    }
  }

  walk(0, damage, entry => {
    count(entry, entry.writtenAtMs)
    return true
  })

  return {
    get frames() {
      return frames
    },
    get records() {
      return records
    },
    get bytes() {
      return size
    },
    get newestAtMs() {
      return newestAtMs
    },
    get lastSequence() {
      return lastSequence
    },
    append(frame, nowMs) {
      const whole = ENTRY_HEADER_BYTES + frame.bytes.length
      try {
        const written = writevSync(fd, [entryHeader(frame, nowMs), frame.bytes], size)
        if (written < whole) throw new Error(`only ${written} of ${whole} bytes could be written`)
      } catch (error) {
        // Nothing may stand behind the last whole entry: the next one is written there.
        ftruncateSync(fd, size)
        throw error
      }
      size += whole
      count(frame, nowMs)
    },
    read(maxFrames, maxBytes) {
      const entries: SpoolEntry[] = []
      let bytes = 0
      // What is damaged here was whole when it was counted: the caller sees that fewer frames come than there are.
      walk(head, { places: 0, bytes: 0 }, entry => {
        if (entries.length > 0 && bytes + entry.bytes.length > maxBytes) return false
        entries.push(entry)
        bytes += entry.bytes.length
        return entries.length < maxFrames
      })
      return entries
    },
    drop(frame) {
      head = frame.end ?? head + ENTRY_HEADER_BYTES + frame.bytes.length
      frames--
      records -= frame.count
    },
    clear() {
      ftruncateSync(fd, 0)
      size = 0
      head = 0
      frames = 0
      records = 0
      newestAtMs = 0
    },
    close(path) {
      try {
        closeSync(fd)
      } catch {
        // It was closed, or the file system is gone: there is nothing left to do.
      }
      try {
        if (path !== undefined) unlinkSync(path)
      } catch {
        // Another process has drained and removed it.
      }
    },
  }
}
