/**
 * The spool of one lane: its queue on disk, the folder that it is in, and the bounds. Writing is synchronous: some 25 µs for a frame, and what was
 * written survives the process (not the machine: nothing is forced to the platter, which would cost milliseconds).
 *
 * writing ── error, or a bound is reached ──→ refusing (frames stay in memory; tried again after RETRY_MS) ── written ──→ writing
 */

import { errorMessage } from '@pumphouse/options/error-message'
import type { OutgoingFrame, ReporterAccount } from '@pumphouse/queue'
import type { LaneEvent, SpoolSettings } from '../lane/lane-messages.ts'
import { createAccountNote, removeNote } from './account-note.ts'
import { ENTRY_HEADER_BYTES, type SpoolEntry } from './spool-entry.ts'
import {
  createFolder,
  createRoot,
  type FoundFolder,
  findFolders,
  heartbeat,
  isThere,
  type LaneFolder,
  release,
  STALE_MS,
  spoolRoot,
  take,
} from './spool-folder.ts'
import { type Amount, createSpoolQueue } from './spool-queue.ts'

/** How long a spool that cannot be written to is left alone. */
const RETRY_MS = 1_000
/** Frames and bytes read at once: one push. */
const MAX_READ_FRAMES = 64
const MAX_READ_BYTES = 4 * 1024 * 1024

/** The frames of one lane that are on disk, first in, first out. No method throws. */
export interface LaneSpool {
  readonly settings: SpoolSettings
  readonly root: string
  readonly frames: number
  /** Whether an earlier thread of this lane has written the frame of this sequence. */
  has(sequence: number): boolean
  /** False when it cannot be written; then it is not on disk. */
  append(frame: OutgoingFrame): boolean
  /** Writes down what the reporter has counted, where there are frames of it or, with mode `always`, will be. */
  note(account: ReporterAccount): void
  /** The first frames; what turns out to be damaged is counted and gone. */
  read(): readonly SpoolEntry[]
  /** Removes the first frames: these. */
  drop(frames: readonly OutgoingFrame[]): void
  /** Removes the first file if all of it is beyond maxAge. */
  expire(): Amount
  /** To be called every HEARTBEAT_MS: keeps the folder, and looks at what is in the others. */
  tick(): readonly FoundFolder[]
  /** Leaves what is there to the next process. */
  end(): void
}

/** The spool of a lane; what an earlier thread of the same lane left in it comes first. */
export function createLaneSpool(
  settings: SpoolSettings,
  set: string,
  lane: string,
  report: (event: LaneEvent) => void,
): LaneSpool {
  const root = spoolRoot(settings.dir, set)
  const queue = createSpoolQueue('reused')
  const accountNote = createAccountNote()
  const held: LaneFolder[] = []
  const damage = { places: 0, bytes: 0 }
  let folder: LaneFolder | undefined
  let lastPart = 0
  let others = { bytes: 0, files: 0 }
  let seenAtMs = Date.now()
  let refusing = false
  let retryAtMs = 0
  let loadedUpTo = 0

  function refuse(reason: unknown): false {
    retryAtMs = Date.now() + RETRY_MS
    if (!refusing) report({ type: 'refusing', message: errorMessage(reason) })
    refusing = true
    return false
  }

  /** Runs what may fail; undefined when it did. */
  function attempt<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      refuse(error)
      return undefined
    }
  }

  function tellSize(): void {
    report({ type: 'spool', frames: queue.frames, bytes: queue.bytes })
  }

  function isPaused(): boolean {
    return Math.abs(Date.now() - seenAtMs) > STALE_MS / 2
  }

  /** After a pause others may have thought this process dead: what is still ours is taken anew, what is not is left to them. */
  function keepFolders(): void {
    const paused = isPaused()
    seenAtMs = Date.now()
    for (const mine of [...held]) {
      if (paused ? take(mine) : heartbeat(mine)) continue
      held.splice(held.indexOf(mine), 1)
      if (mine === folder) folder = undefined
    }
  }

  /** The folder that is written to. Throws what the file system throws. */
  function ownFolder(): LaneFolder {
    if (folder !== undefined) return folder
    folder = createFolder(root, lane, lastPart + 1)
    lastPart++
    held.push(folder)
    return folder
  }

  function exceeded(bytes: number): string | undefined {
    if (others.bytes + queue.bytes + bytes > settings.maxBytes)
      return `it has reached its maxBytes (${settings.maxBytes})`
    const startsFile = folder === undefined || queue.startsFile(folder)
    if (startsFile && others.files + queue.files >= settings.maxFiles)
      return `it has reached its maxFiles (${settings.maxFiles})`
    return undefined
  }

  function look(): readonly FoundFolder[] {
    const found = findFolders(root)
    const foreign = found.filter(other => other.lane !== lane)
    others = {
      bytes: foreign.reduce((sum, other) => sum + other.bytes, 0),
      files: foreign.reduce((sum, other) => sum + other.files, 0),
    }
    return found
  }

  attempt(() => {
    createRoot(root)
    for (const left of look().filter(found => found.lane === lane)) {
      lastPart = Math.max(lastPart, left.part)
      if (!take(left)) continue
      held.push(left)
      queue.load(left, damage)
    }
    loadedUpTo = queue.lastSequence
    if (queue.frames > 0) tellSize()
    if (damage.places > 0) report({ type: 'adopted', records: 0, expired: 0, corrupt: damage.places })
  })

  return {
    settings,
    root,
    get frames() {
      return queue.frames
    },
    has: sequence => sequence <= loadedUpTo,
    append(frame) {
      if (refusing && Date.now() < retryAtMs) return false
      const reason = exceeded(ENTRY_HEADER_BYTES + frame.bytes.length)
      if (reason !== undefined) return refuse(reason)
      const written = attempt(() => {
        if (isPaused() || (folder !== undefined && !isThere(folder))) keepFolders()
        queue.append(ownFolder(), frame)
        return true
      })
      if (written === undefined) return false
      if (refusing) report({ type: 'refusing', message: undefined })
      refusing = false
      tellSize()
      return true
    },
    note(account) {
      if (folder === undefined && settings.mode !== 'always') return
      try {
        accountNote.write(ownFolder(), account)
      } catch {
        // The next frame says the same, if there is one.
      }
    },
    read() {
      while (queue.frames > 0) {
        const entries = attempt(() => queue.read(MAX_READ_FRAMES, MAX_READ_BYTES))
        if (entries === undefined || entries.length > 0) return entries ?? []
        const { records } = queue.dropFile()
        report({ type: 'lost', records, reason: 'spool_damaged' })
        tellSize()
      }
      return []
    },
    drop(frames) {
      for (const frame of frames) attempt(() => queue.drop(frame))
      if (frames.length > 0) tellSize()
    },
    expire() {
      if (!queue.olderThan(Date.now() - settings.maxAgeMs)) return { frames: 0, records: 0 }
      const gone = queue.dropFile()
      tellSize()
      return gone
    },
    tick() {
      return (
        attempt(() => {
          keepFolders()
          return look()
        }) ?? []
      )
    },
    end() {
      const drained = queue.frames === 0
      accountNote.close()
      queue.close()
      for (const mine of held.splice(0)) {
        if (drained) attempt(() => removeNote(mine))
        release(mine)
      }
    },
  }
}
