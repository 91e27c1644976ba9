import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder for spools, and what a test needs to know of it. */
export interface SpoolFiles {
  readonly dir: string
  /** Names of the lanes' folders of a set. */
  folders(set: string): readonly string[]
  /** Paths of all its files of frames. */
  files(set: string): readonly string[]
  /** How large these are together. */
  sizes(set: string): number
  /** Paths of the notes beside them. */
  notes(set: string): readonly string[]
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
  const paths = (set: string, wanted: RegExp): readonly string[] =>
    folders(set).flatMap(folder => {
      const names = readdirSync(join(dir, set, folder)).filter(name => wanted.test(name))
      return names.map(name => join(dir, set, folder, name))
    })
  const files = (set: string): readonly string[] => paths(set, /\.frames$/)
  return {
    dir,
    folders,
    files,
    sizes: set => files(set).reduce((sum, file) => sum + statSync(file).size, 0),
    notes: set => paths(set, /^account$/),
    age(set) {
      for (const folder of folders(set)) utimesSync(join(dir, set, folder), LONG_AGO, LONG_AGO)
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}
