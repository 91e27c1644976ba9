import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder for spools, and what a test needs to know of it. */
export interface SpoolFiles {
  readonly dir: string
  /** Names of the lanes' folders of a set. */
  folders(set: string): readonly string[]
  /** Paths of all its files. */
  files(set: string): readonly string[]
  /** Lets it seem that the owners have been silent for long. */
  age(set: string): void
  remove(): void
}

const LONG_AGO = new Date(Date.now() - 3_600_000)

export function spoolFiles(): SpoolFiles {
  const dir = mkdtempSync(join(tmpdir(), 'reporter-spool-'))
  const folders = (set: string): readonly string[] => {
    try {
      return readdirSync(join(dir, set)).sort()
    } catch {
      return []
    }
  }
  return {
    dir,
    folders,
    files: set =>
      folders(set).flatMap(folder => readdirSync(join(dir, set, folder)).map(file => join(dir, set, folder, file))),
    age(set) {
      for (const folder of folders(set)) utimesSync(join(dir, set, folder), LONG_AGO, LONG_AGO)
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}
