/**
 * Whose the files of the spool are. Each lane has a folder of its own, and its name is the lock:
 *
 *   <dir>/<set>/<lane>~<part>-<taken>/00000001.frames …
 *
 * The owner touches its folder every HEARTBEAT_MS. A folder that nobody has touched for STALE_MS belongs to nobody; whoever renames it, counting
 * `taken` up, has it, and of two renames only one finds the old name. Why not a lock file with a process id: ids are used again, and in
 * containers that share a volume every process may be number 1. A folder's name needs nobody to clean it up either.
 *
 * An owner that was frozen (SIGSTOP, a suspended machine, a blocked loop) may wake up after another has taken its folder. It notices at
 * its next heartbeat or append, whichever comes first, and goes on in a new folder, with a higher `part`. That both drain the same frames meanwhile
 * does no harm: both push them under the lane's id and in order, and the set takes each once. What would do harm is later frames of a lane
 * that overtake earlier ones, since the set then takes the earlier ones for known. So parts of a lane are adopted lowest first, and one by one.
 */

import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, statSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** How often an owner touches its folder. */
export const HEARTBEAT_MS = 3_000
/** Five missed heartbeats: the owner is dead or frozen. */
export const STALE_MS = 15_000
/** The part that is written when a process exits: after every part that its lanes wrote. */
export const LAST_PART = 999_999
/** Others of this machine need not read what requests said. */
const OWNER_ONLY = 0o700
/** Files of frames; their names sort as they were made. Beside them lies the note of account-note.ts, which no bound counts. */
export const FRAMES_FILE = /^\d{8}\.frames$/
const FOLDER_NAME = /^(.+)~(\d+)-(\d+)$/

/** A folder of one lane. `path` changes when it is taken again. */
export interface LaneFolder {
  readonly root: string
  readonly lane: string
  readonly part: number
  path: string
  taken: number
  /** The number of its newest file. */
  files: number
}

/** A folder as it was found, and what its files take. */
export interface FoundFolder extends LaneFolder {
  readonly touchedAtMs: number
  readonly bytes: number
  /** Why this process cannot read it; what is in it is not known then. */
  readonly unreadable?: unknown
}

/** Where the spool of a set is below `dir`. */
export function spoolRoot(dir: string, set: string): string {
  return join(dir, encodeURIComponent(set))
}

/** Throws what the file system throws. */
export function createRoot(root: string): void {
  try {
    mkdirSync(root, { recursive: true, mode: OWNER_ONLY })
  } catch (error) {
    if (!isGone(error)) throw error
    // What Node says also when the file system is read-only. Made one by one, the first that cannot be made says why.
    createEach(root)
  }
}

function createEach(path: string): void {
  if (existsSync(path)) return
  createEach(dirname(path))
  mkdirSync(path, { mode: OWNER_ONLY })
}

/** Throws what the file system throws. */
export function createFolder(root: string, lane: string, part: number): LaneFolder {
  const folder = { root, lane, part, taken: 0, files: 0, path: pathOf(root, lane, part, 0) }
  createRoot(root)
  mkdirSync(folder.path, { mode: OWNER_ONLY })
  return folder
}

/** All folders of a spool, those of a lane in the order of their parts. What goes away meanwhile is left out. Throws only when the root itself cannot be read. */
export function findFolders(root: string): readonly FoundFolder[] {
  const found: FoundFolder[] = []
  for (const name of readdirSync(root)) {
    const [, lane, part, taken] = FOLDER_NAME.exec(name) ?? []
    if (lane === undefined) continue
    const path = join(root, name)
    const folder = { root, lane, part: Number(part), taken: Number(taken), path, files: 0, touchedAtMs: 0, bytes: 0 }
    try {
      folder.touchedAtMs = statSync(path).mtimeMs
      const names = readdirSync(path).filter(file => FRAMES_FILE.test(file))
      const sizes = names.map(file => statSync(join(path, file)).size)
      found.push({ ...folder, files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) })
    } catch (error) {
      if (!isGone(error)) found.push({ ...folder, unreadable: error })
    }
  }
  return found.sort((a, b) => a.part - b.part)
}

/**
 * The folders whose owner is gone and whose lane has no earlier part left. Touched in the future is long ago: a clock was set back since, and an
 * owner that lives would have touched it again.
 */
export function adoptable(found: readonly FoundFolder[], nowMs = Date.now()): readonly FoundFolder[] {
  const first = new Map<string, FoundFolder>()
  for (const folder of found) if (!first.has(folder.lane)) first.set(folder.lane, folder)
  return [...first.values()].filter(folder => Math.abs(nowMs - folder.touchedAtMs) > STALE_MS)
}

/** Makes the folder the caller's; false when somebody else was first. Throws what the file system throws otherwise. */
export function take(folder: LaneFolder): boolean {
  const path = pathOf(folder.root, folder.lane, folder.part, folder.taken + 1)
  try {
    // Before it has its new name, or a third one would find that name untouched.
    touch(folder.path)
    renameSync(folder.path, path)
  } catch (error) {
    if (isGone(error)) return false
    throw error
  }
  folder.path = path
  folder.taken++
  return true
}

/** Says that the owner lives; false when the folder is no longer its own. Throws what the file system throws otherwise. */
export function heartbeat(folder: LaneFolder): boolean {
  try {
    touch(folder.path)
    return true
  } catch (error) {
    if (isGone(error)) return false
    throw error
  }
}

/** Whether it still has its name; false as well when that cannot be seen. Some 2 µs. */
export function isThere(folder: LaneFolder): boolean {
  return existsSync(folder.path)
}

/** Gives a folder up: removed when it is empty, at once adoptable otherwise. Never throws. */
export function release(folder: LaneFolder): void {
  try {
    rmdirSync(folder.path)
  } catch {
    try {
      utimesSync(folder.path, 0, 0)
    } catch {
      // It becomes stale by itself.
    }
  }
}

function touch(path: string): void {
  const now = new Date()
  utimesSync(path, now, now)
}

function pathOf(root: string, lane: string, part: number, taken: number): string {
  return join(root, `${lane}~${part}-${taken}`)
}

/** What the file system says when a file or a folder is not there. */
export function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
