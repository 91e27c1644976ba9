import type { FileTarget } from './file-target.ts'

/** The files a pump has open, by path; never more than a number of them, and none that is not written to any more. */
export interface OpenFiles {
  /** The file at the path; to make room, the one that was not asked for the longest is closed. */
  at(path: string): Promise<FileTarget>
  /** Closes those that are not at their path any more, and goes on with each that is asked for again. Resolves with their paths; throws when it cannot be told of one. */
  letGoOfMoved(): Promise<readonly string[]>
  /** Closes all. Safe twice; afterwards nothing is opened. */
  close(): Promise<void>
}

/** A file of yesterday is closed, and its lock given back, so long after its last batch. */
const IDLE_MS = 5 * 60_000

/** `make` makes the file of a path. */
export function createOpenFiles(maxOpen: number, make: (path: string) => FileTarget): OpenFiles {
  /** In the order of their last use. */
  const files = new Map<string, { readonly target: FileTarget; usedAt: number }>()
  const closing = new Set<Promise<void>>()

  async function drop(path: string): Promise<void> {
    const file = files.get(path)
    if (file === undefined) return
    files.delete(path)
    const closed = file.target.close().finally(() => closing.delete(closed))
    closing.add(closed)
    await closed
  }

  return {
    async at(path) {
      const now = performance.now()
      const known = files.get(path)
      const used = known ?? { target: make(path), usedAt: now }
      used.usedAt = now
      files.delete(path)
      files.set(path, used)
      for (const [other, { usedAt }] of [...files]) {
        if (files.size <= maxOpen && now - usedAt < IDLE_MS) break
        if (other !== path) await drop(other)
      }
      return used.target
    },
    async letGoOfMoved() {
      const moved: string[] = []
      const failures: unknown[] = []
      for (const [path, { target }] of [...files]) {
        try {
          if (await target.letGoIfMoved()) moved.push(path)
        } catch (error) {
          failures.push(error)
        }
      }
      if (failures.length > 0) throw failures[0]
      return moved
    },
    async close() {
      // One after the other: giving a lock back takes a descriptor, which the file closed before it has freed.
      for (const path of [...files.keys()]) await drop(path)
      await Promise.all(closing)
    },
  }
}
