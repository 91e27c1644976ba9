/** The frames of one lane on disk, first in, first out, over the files of its folders. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { OutgoingFrame } from '@pumphouse/queue'
import type { SpoolEntry } from './spool-entry.ts'
import { FRAMES_FILE, type LaneFolder } from './spool-folder.ts'
import { createSegment, type Damage, openSegment, type SpoolSegment } from './spool-segment.ts'

/** A file is no longer written to beyond this, so that what is drained gives its space back. */
const SEGMENT_BYTES = 16 * 1024 * 1024

/** Frames and records. */
export interface Amount {
  readonly frames: number
  readonly records: number
}

/** First in, first out. Methods that touch files throw what the file system throws, and have changed nothing then. */
export interface SpoolQueue extends Amount {
  /** Bytes of the files. */
  readonly bytes: number
  readonly files: number
  /** The highest sequence ever appended or loaded. */
  readonly lastSequence: number
  /** Whether the next append to this folder begins a file. */
  startsFile(folder: LaneFolder): boolean
  append(folder: LaneFolder, frame: OutgoingFrame): void
  /** Takes up what the files of a folder hold, behind what is here. What was unreadable is added to `damage`. */
  load(folder: LaneFolder, damage: Damage): void
  /** The first frames, without removing them; none although there are some = the rest of the first file cannot be read any more. */
  read(maxFrames: number, maxBytes: number): readonly SpoolEntry[]
  /** Removes the first frame, and its file with the last one of it. */
  drop(frame: OutgoingFrame & { readonly end?: number }): void
  /** Removes the first file, whatever it holds; says what that was. */
  dropFile(): Amount
  /** Whether the newest frame of the first file is older than this (ms since epoch). */
  olderThan(beforeMs: number): boolean
  /** Closes the files; removes them when nothing is left in them. Never throws. */
  close(): void
}

interface PlacedSegment {
  readonly segment: SpoolSegment
  readonly folder: LaneFolder
  readonly name: string
}

/**
 * An empty queue. `emptied`: what becomes of the last file when it is drained. Its writer may reuse it, which saves a file for each frame when all are
 * written ahead. Whoever adopted it must remove it: a writer that was only frozen still reads what is behind the name that is gone.
 */
export function createSpoolQueue(emptied: 'reused' | 'removed'): SpoolQueue {
  const segments: PlacedSegment[] = []
  let lastSequence = 0

  const total = (of: (segment: SpoolSegment) => number): number =>
    segments.reduce((sum, { segment }) => sum + of(segment), 0)

  function place({ folder, name }: PlacedSegment): string {
    return join(folder.path, name)
  }

  function startsFile(folder: LaneFolder): boolean {
    const last = segments.at(-1)
    return last === undefined || last.folder !== folder || last.segment.bytes >= SEGMENT_BYTES
  }

  function removeFirst(): void {
    const first = segments.shift()
    first?.segment.close(place(first))
  }

  /** So that the first file holds the first frame. */
  function removeEmpty(): void {
    while (segments.length > 1 && segments[0]?.segment.frames === 0) removeFirst()
  }

  return {
    get frames() {
      return total(segment => segment.frames)
    },
    get records() {
      return total(segment => segment.records)
    },
    get bytes() {
      return total(segment => segment.bytes)
    },
    get files() {
      return segments.length
    },
    get lastSequence() {
      return lastSequence
    },
    startsFile,
    append(folder, frame) {
      if (startsFile(folder)) {
        folder.files++
        const name = `${String(folder.files).padStart(8, '0')}.frames`
        segments.push({ segment: createSegment(join(folder.path, name)), folder, name })
        // The last one was emptied to be used again, in a folder that is no longer this lane's.
        removeEmpty()
      }
      segments.at(-1)?.segment.append(frame, Date.now())
      lastSequence = Math.max(lastSequence, frame.sequence)
    },
    load(folder, damage) {
      const names = readdirSync(folder.path).filter(name => FRAMES_FILE.test(name))
      for (const name of names.sort()) {
        const segment = openSegment(join(folder.path, name), damage)
        segments.push({ segment, folder, name })
        folder.files = Math.max(folder.files, Number.parseInt(name, 10))
        lastSequence = Math.max(lastSequence, segment.lastSequence)
      }
      removeEmpty()
    },
    read(maxFrames, maxBytes) {
      const entries = segments[0]?.segment.read(maxFrames, maxBytes) ?? []
      // A thread that died may have left a frame that its successor wrote again. The set wants a push in order, and knows the second one.
      const again = entries.findIndex((entry, index) => entry.sequence <= (entries[index - 1]?.sequence ?? 0))
      return again < 0 ? entries : entries.slice(0, again)
    },
    drop(frame) {
      const first = segments[0]
      first?.segment.drop(frame)
      if (first === undefined || first.segment.frames > 0) return
      const reused = emptied === 'reused' && segments.length === 1 && first.segment.bytes < SEGMENT_BYTES
      if (reused) return first.segment.clear()
      removeFirst()
      removeEmpty()
    },
    dropFile() {
      const { frames = 0, records = 0 } = segments[0]?.segment ?? {}
      removeFirst()
      removeEmpty()
      return { frames, records }
    },
    olderThan(beforeMs) {
      const first = segments[0]?.segment
      return first !== undefined && first.frames > 0 && first.newestAtMs < beforeMs
    },
    close() {
      for (const placed of segments.splice(0)) {
        placed.segment.close(placed.segment.frames === 0 ? place(placed) : undefined)
      }
    },
  }
}
