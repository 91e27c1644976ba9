/**
 * The frames of a lane that the set does not have yet, in their order: first those that are only on disk, then those in memory.
 *
 *   on disk │ only there … │ also in memory │
 *   memory                 │ … written      │ … not written │
 *
 * With mode `always` a frame is written when it comes, with mode `auto` when it must wait (spill). Either way the memory is kept while frames flow:
 * only a frame that is spilled is pushed from what is read back. When the disk refuses a frame, it and all after it stay in memory, in their order,
 * until the disk takes them.
 */

import type { OutgoingFrame } from '@pumphouse/queue'
import type { LaneSpool } from '../spool/lane-spool.ts'
import { type LaneEvent, WINDOW } from './lane-messages.ts'

/** Bytes in one push, of WINDOW frames at most: enough to catch up fast, short enough for Redis to serve others in between. */
const MAX_PUSH_BYTES = 4 * 1024 * 1024

/** First in, first out. Never throws. */
export interface Outbox {
  readonly empty: boolean
  /** Frames in memory, which the application's thread holds too. */
  readonly inMemory: number
  /** Frames that are on disk only. As long as there are any, those that come follow them there. */
  readonly onDisk: number
  add(frame: OutgoingFrame): void
  /** The frames of one push: the first ones. */
  first(): readonly OutgoingFrame[]
  /** The set has these, which first() gave; some may have been spilled since. */
  remove(frames: readonly OutgoingFrame[]): void
  /** Writes what is in memory to disk, as far as there is one and it takes them, and forgets it. */
  spill(): void
  /** Gives up what is on disk beyond its age. Not while a push is under way. */
  expire(): void
}

export function createOutbox(spool: LaneSpool | undefined, report: (event: LaneEvent) => void): Outbox {
  const memory: OutgoingFrame[] = []
  /** How many of `memory`, from the first, are on disk too. */
  let written = 0

  const onDisk = (): number => (spool === undefined ? 0 : spool.frames - written)

  function write(): void {
    for (const frame of memory.slice(written)) {
      if (spool?.append(frame) !== true) return
      written++
    }
  }

  function spill(): void {
    write()
    if (written === 0) return
    const sequences = memory.splice(0, written).map(frame => frame.sequence)
    written = 0
    report({ type: 'spooled', sequences })
  }

  return {
    get empty() {
      return memory.length === 0 && onDisk() === 0
    },
    get inMemory() {
      return memory.length
    },
    get onDisk() {
      return onDisk()
    },
    add(frame) {
      memory.push(frame)
      if (onDisk() > 0) spill()
      else if (spool?.settings.mode === 'always') write()
    },
    first() {
      const before = onDisk()
      if (spool === undefined || before === 0) return firstFrames(memory)
      const read = spool.read().slice(0, before)
      // What is damaged is gone from the disk; what is in memory too is written again when it must be.
      written = Math.min(written, spool.frames)
      return read
    },
    remove(frames) {
      const fromDisk = frames.slice(0, onDisk())
      const fromMemory = frames.slice(fromDisk.length)
      const ahead = fromMemory.slice(0, written)
      memory.splice(0, fromMemory.length)
      written -= ahead.length
      spool?.drop([...fromDisk, ...ahead])
      if (fromMemory.length > 0) report({ type: 'sent', sequences: fromMemory.map(frame => frame.sequence) })
      const drained = fromDisk.reduce((sum, frame) => sum + frame.count, 0)
      if (drained > 0) report({ type: 'drained', records: drained })
    },
    spill,
    expire() {
      if (spool === undefined || onDisk() === 0 || written > 0) return
      const { records } = spool.expire()
      if (records > 0) report({ type: 'lost', records, reason: 'spool_expired' })
    },
  }
}

/** As many frames as go into one push, at least one. */
function firstFrames(frames: readonly OutgoingFrame[]): readonly OutgoingFrame[] {
  let bytes = 0
  const end = frames.findIndex((frame, index) => {
    bytes += frame.bytes.length
    return index === WINDOW || (index > 0 && bytes > MAX_PUSH_BYTES)
  })
  return end < 0 ? [...frames] : frames.slice(0, end)
}
