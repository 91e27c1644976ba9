/** A disk that is really full or read-only, for tests of what writes to one: a tmpfs of its own, which takes the right to mount. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A mounted file system. */
export interface SmallDisk {
  /** Where it is. */
  readonly path: string
  /** Takes up room, `bytes` of it in all; 0 gives it back. */
  fill(bytes: number): void
  /** Throws while a file on it is open for writing and it is to be made read-only. */
  readOnly(on: boolean): void
  /** Also with files open on it. */
  remove(): void
}

/** Mounts one of `sizeKib` (at least a few pages of 4); undefined where nothing may be mounted. */
export function mountSmallDisk(sizeKib: number): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), 'pumphouse-disk-'))
  const ballast = join(path, 'ballast')
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeKib}k`, 'tmpfs', path], { stdio: 'pipe' })
  } catch {
    rmSync(path, { recursive: true })
    return undefined
  }
  return {
    path,
    fill(bytes) {
      rmSync(ballast, { force: true })
      if (bytes > 0) writeFileSync(ballast, Buffer.alloc(bytes))
    },
    readOnly(on) {
      execFileSync('mount', ['-o', `remount,${on ? 'ro' : 'rw'}`, path], { stdio: 'pipe' })
    },
    remove() {
      execFileSync('umount', ['-l', path])
      rmSync(path, { recursive: true })
    },
  }
}
