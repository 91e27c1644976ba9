/** Sets full files aside under a name with the time in it, and finds those that were. */
import { readdir, rename, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { syncFolder } from './append-file.ts'
import { errorCode } from './file-error.ts'

/** A file that was set aside. */
export interface AsideFile {
  readonly path: string
  /** When it was set aside, in milliseconds since the epoch. */
  readonly at: number
  readonly compressed: boolean
}

/** What a compressed file ends in. */
export const COMPRESSED = '.gz'
/** What compressing has not finished; left by a process that died at it. */
export const UNFINISHED = '.gz.part'

const STAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3})Z$/

/**
 * Moves `records.jsonl` to `records.jsonl.20261121T050102.123Z`; never over a file that is there, compressed or not. The name is later than those of
 * all that were set aside before, also when the clock was set back since: which one is the oldest is told by the names. Returns the new path.
 */
export async function setAside(path: string): Promise<string> {
  const newest = (await listAside(path)).files.at(-1)?.at ?? 0
  for (let at = Math.max(Date.now(), newest + 1); ; at++) {
    const target = `${path}.${stamp(at)}`
    if ((await exists(target)) || (await exists(target + COMPRESSED))) continue
    await rename(path, target)
    await syncFolder(path)
    return target
  }
}

/** The files of `path` that were set aside, the oldest first, and what is left of a compression that did not end. */
export async function listAside(path: string): Promise<{ files: readonly AsideFile[]; unfinished: readonly string[] }> {
  const prefix = `${basename(path)}.`
  const names = (await readdir(dirname(path))).filter(name => name.startsWith(prefix)).sort()
  const files: AsideFile[] = []
  const unfinished: string[] = []
  for (const name of names) {
    const compressed = name.endsWith(COMPRESSED)
    const text = name.slice(prefix.length)
    const at = timeOf(compressed ? text.slice(0, -COMPRESSED.length) : text)
    if (at !== undefined) files.push({ path: join(dirname(path), name), at, compressed })
    else if (name.endsWith(UNFINISHED) && timeOf(text.slice(0, -UNFINISHED.length)) !== undefined) {
      unfinished.push(join(dirname(path), name))
    }
  }
  return { files, unfinished }
}

/** Sorts by time as text. */
function stamp(at: number): string {
  return new Date(at).toISOString().replace(/[-:]/g, '')
}

function timeOf(text: string): number | undefined {
  const found = STAMP.exec(text)
  if (found === null) return undefined
  const [, year, month, day, hours, minutes, seconds] = found
  const at = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`)
  return Number.isNaN(at) ? undefined : at
}

/** Whether something is at the path. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}
