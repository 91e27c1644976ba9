/**
 * What becomes of files that were set aside: the oldest are removed, by number and by age, the others are compressed when that is wanted. It
 * goes on beside the writing; what fails is said and tried again the next time a file is set aside. A compression appears under its name
 * only when it is whole and on the disk, and only then is what it was made of removed: a crash leaves the one or both.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { PumpLog } from '../define-pump.ts'
import { syncFolder } from './append-file.ts'
import { type AsideFile, COMPRESSED, listAside, UNFINISHED } from './rotation.ts'

/** How long files set aside are kept, and how. */
export interface AsideRules {
  /** 0 = any number. */
  readonly keep: number
  /** Milliseconds; 0 = for ever. */
  readonly keepForMs: number
  readonly compress: boolean
}

/** Looks after the files set aside of one path. */
export interface AsideFiles {
  /** Begins to look after them, if nobody is at it. Never rejects. */
  tend(): void
  /** Stops, and leaves no half compressed file. */
  stop(): Promise<void>
}

/** `path` is the file that is written. */
export function createAsideFiles(path: string, rules: AsideRules, log: PumpLog): AsideFiles {
  const stopping = new AbortController()
  let running: Promise<void> | undefined
  let again = false

  async function tendOnce(): Promise<void> {
    const { files, unfinished } = await listAside(path)
    for (const left of unfinished) await rm(left, { force: true })
    const surplus = rules.keep > 0 ? files.slice(0, Math.max(0, files.length - rules.keep)) : []
    const oldest = rules.keepForMs > 0 ? Date.now() - rules.keepForMs : 0
    const outdated = files.filter(file => !surplus.includes(file) && file.at < oldest)
    const removed = [...surplus, ...outdated]
    for (const file of removed) await rm(file.path, { force: true })
    if (removed.length > 0) log.info({ removed: removed.map(file => file.path) }, 'deleted files set aside')
    if (!rules.compress) return
    for (const file of files) {
      if (stopping.signal.aborted) return
      if (!file.compressed && !removed.includes(file)) await compress(file, stopping.signal)
    }
  }

  async function run(): Promise<void> {
    do {
      again = false
      try {
        await tendOnce()
      } catch (error) {
        if (stopping.signal.aborted) return
        log.warn(
          { path, error: error instanceof Error ? error.message : String(error) },
          'files set aside stay as they are',
        )
      }
    } while (again)
  }

  return {
    tend() {
      if (rules.keep === 0 && rules.keepForMs === 0 && !rules.compress) return
      if (stopping.signal.aborted) return
      again = true
      running ??= run().finally(() => {
        running = undefined
      })
    },
    async stop() {
      stopping.abort()
      await running
    },
  }
}

async function compress({ path }: AsideFile, signal: AbortSignal): Promise<void> {
  const part = path + UNFINISHED
  try {
    await pipeline(createReadStream(path), createGzip(), createWriteStream(part, { mode: 0o640 }), { signal })
    const handle = await open(part, 'r')
    await handle.sync().finally(() => handle.close())
    await rename(part, path + COMPRESSED)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
  await syncFolder(path)
  await rm(path, { force: true })
}
