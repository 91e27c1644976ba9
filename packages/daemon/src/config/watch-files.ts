/**
 * Tells when the content of some files is another one, however that came about: written in place, replaced by a rename (as editors do), reached
 * through a link that now leads elsewhere (as Kubernetes swaps ConfigMaps and Secrets), removed, or made anew.
 *
 *   resting ── a look finds other content ──▶ unsettled ── the same content again, SETTLE_MS later ──▶ told, resting
 *      ▲                                          └─ what was told last is back ──▶ resting: nothing happened
 *      └─ a look every POLL_MS, and SETTLE_MS after an event in one of the folders
 *
 * Content is compared by hash, so a touch or a rewrite of the same tells nothing. Folders are watched instead of files, because a rename takes a
 * watched file away. Events only make it quicker: where there are none (network file systems, no more watches, a link into another
 * folder) the look every two seconds finds the change.
 */

import { createHash } from 'node:crypto'
import { type FSWatcher, watch } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'

export interface FileWatch {
  /** No further call of onChange begins after it. */
  stop(): void
}

export interface WatchOptions {
  readonly files: readonly string[]
  /** The digest of what is known already, from before it was read: a change that comes in between is told too. */
  readonly seen: string
  /** Called when the files have another content that has been the same for `settleMs`. Must not throw. */
  onChange(): void
  readonly pollMs?: number
  readonly settleMs?: number
}

/** A few files of a few kilobytes are read so often: nothing that could be measured. */
const POLL_MS = 2_000
/** An editor or a copy that writes in steps is done within it. */
const SETTLE_MS = 100
/** A file that never rests is told all the same. */
const MAX_UNSETTLED_MS = 5_000
/** Larger ones are refused by whoever reads them; their size stands for them. */
const MAX_HASHED_BYTES = 1024 * 1024
/** Kubernetes swaps the link `..data`, beside which the files are links that never change. */
const SWAPPED_PREFIX = '..'

/** A text that is the same as long as the content of all the files is. A file that cannot be read counts with the reason. Never rejects. */
export async function digestFiles(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(await contentOf(file))
      .update('\0')
  return hash.digest('hex')
}

async function contentOf(file: string): Promise<Buffer | string> {
  try {
    const found = await stat(file)
    return found.isFile() && found.size <= MAX_HASHED_BYTES ? await readFile(file) : `${found.size} bytes`
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

/** Begins at once. */
export function watchFiles({ files, seen, onChange, pollMs = POLL_MS, settleMs = SETTLE_MS }: WatchOptions): FileWatch {
  let told = seen
  let candidate: string | undefined
  let unsettledSince = 0
  let timer: NodeJS.Timeout | undefined
  let isLooking = false
  let wasNudged = false
  let isStopped = false

  function lookIn(ms: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => void look(), ms)
  }

  function nudge(): void {
    if (isLooking) wasNudged = true
    else if (candidate === undefined) lookIn(settleMs)
  }

  async function look(): Promise<void> {
    isLooking = true
    const digest = await digestFiles(files)
    isLooking = false
    if (isStopped) return
    compare(digest)
    lookIn(candidate !== undefined || wasNudged ? settleMs : pollMs)
    wasNudged = false
  }

  function compare(digest: string): void {
    if (digest === told) {
      candidate = undefined
      return
    }
    if (candidate === undefined) unsettledSince = performance.now()
    const isSettled = digest === candidate || performance.now() - unsettledSince > MAX_UNSETTLED_MS
    candidate = isSettled ? undefined : digest
    if (!isSettled) return
    told = digest
    onChange()
  }

  const watchers = watchFolders(files, nudge)
  lookIn(settleMs)
  return {
    stop() {
      isStopped = true
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
    },
  }
}

/** One watcher for each folder that can be watched. */
function watchFolders(files: readonly string[], onEvent: () => void): FSWatcher[] {
  const names = new Map<string, Set<string>>()
  for (const file of files.map(name => resolve(name))) {
    const folder = dirname(file)
    names.set(folder, (names.get(folder) ?? new Set()).add(basename(file)))
  }
  return [...names].flatMap(([folder, wanted]) => {
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name === null || wanted.has(name) || name.startsWith(SWAPPED_PREFIX)) onEvent()
      })
      watcher.on('error', () => watcher.close())
      return [watcher]
    } catch {
      return []
    }
  })
}
