/** Sets full files aside under a name with the time in it, and removes the oldest of them. */
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { syncFolder } from './append-file.ts'
import { errorCode } from './file-error.ts'

/** Moves `records.jsonl` to `records.jsonl.20261121T050102.123Z`; never over a file that is there. Returns the new path. */
export async function setAside(path: string): Promise<string> {
  for (let at = Date.now(); ; at++) {
    const target = `${path}.${stamp(at)}`
    if (await exists(target)) continue
    await rename(path, target)
    await syncFolder(path)
    return target
  }
}

/** Removes the oldest files set aside beyond `keep` and returns their paths. */
export async function removeOldest(path: string, keep: number): Promise<readonly string[]> {
  const prefix = `${basename(path)}.`
  const names = await readdir(dirname(path))
  const aside = names.filter(name => name.startsWith(prefix) && STAMP.test(name.slice(prefix.length))).sort()
  const surplus = aside.slice(0, Math.max(0, aside.length - keep)).map(name => join(dirname(path), name))
  for (const file of surplus) await rm(file, { force: true })
  return surplus
}

const STAMP = /^\d{8}T\d{6}\.\d{3}Z$/

/** Sorts by time as text. */
function stamp(at: number): string {
  return new Date(at).toISOString().replace(/[-:]/g, '')
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}
