import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export interface ScratchFile {
  readonly folder: string
  readonly path: string
  text(): string
  /** Names in the folder, sorted, without the lock. */
  names(): readonly string[]
}

/** A path in a folder of its own that is removed when the test ends. Nothing is there yet. */
export function scratchFile(): ScratchFile {
  const folder = mkdtempSync(join(tmpdir(), 'pumphouse-file-'))
  const path = join(folder, 'records.jsonl')
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return {
    folder,
    path,
    text: () => readFileSync(path, 'utf8'),
    names: () =>
      readdirSync(folder)
        .filter(name => !name.endsWith('.lock'))
        .sort(),
  }
}
