/**
 * Appends every record as one line of JSON to a file.
 *
 * A write resolves when the lines are on the disk (fdatasync); one that fails or runs out of time is taken back, so the file never
 * holds half a batch of a living process. After a crash it can hold up to one batch twice, and one partial line, which is ended at the
 * next start. One writer per path: a lock file beside it keeps others away.
 *
 * With `maxBytes` the file is set aside under a name with the time in it before a batch would make it larger; a single
 * larger batch has a file of its own. Files set aside are kept, all of them unless `keep` says how many.
 */
import { mkdir, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { type AppendFile, openAppendFile } from './append-file.ts'
import { definePump, type PumpLog } from './define-pump.ts'
import { checkWritable } from './file-check.ts'
import { fileError } from './file-error.ts'
import { createJsonLines } from './json-lines.ts'
import { lockPath, type PathLock } from './path-lock.ts'
import { removeOldest, setAside } from './rotation.ts'
import { unlessAborted } from './unless-aborted.ts'

export const file = definePump({
  type: 'file',
  summary: 'Appends records to a file as JSON lines, on the disk before they count as delivered; rotates by size.',
  idempotent: false,
  options: {
    path: {
      doc: 'The file; its folder is made when it is missing. Relative to the working directory of the daemon.',
      format: 'string',
      default: null,
      required: true,
      min: 1,
      example: './records.jsonl',
    },
    maxBytes: {
      doc: 'Size at which the file is set aside and a new one begun; 0 = never.',
      format: 'size',
      default: 0,
      min: 0,
      example: '256MiB',
    },
    keep: {
      doc: 'How many files set aside are kept, the oldest are deleted; 0 = all.',
      format: 'integer',
      default: 0,
      min: 0,
    },
  },
  create(options, context) {
    const target = createTarget(resolve(options.path), options.maxBytes, options.keep, context.log)
    const toLines = createJsonLines()
    /** The start or write in progress; it outlives its signal, and the next write and the close wait for it. */
    let current: Promise<unknown> = Promise.resolve()

    return {
      async start() {
        const opening = target.open()
        current = opening.catch(() => undefined)
        await opening
      },
      async write(batch, signal) {
        await unlessAborted(current, signal)
        const { chunks, rejected } = toLines(batch)
        const appending = target.append(chunks, signal)
        current = appending.catch(() => undefined)
        await unlessAborted(appending, signal)
        return { rejected }
      },
      check: () => checkWritable(resolve(options.path)),
      async close() {
        await current
        await target.close()
      },
    }
  },
})

interface Target {
  open(): Promise<void>
  append(chunks: readonly Buffer[], signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

function createTarget(path: string, maxBytes: number, keep: number, log: PumpLog): Target {
  let lock: PathLock | undefined
  let open: AppendFile | undefined
  let closed = false

  const release = async (): Promise<void> => {
    const [file, held] = [open, lock]
    open = undefined
    lock = undefined
    await file?.close()
    await held?.release()
  }

  const inPlace = async (): Promise<AppendFile> => {
    if (closed) throw fileError(path, new Error('the pump is closed'))
    if (lock?.held === false) await release()
    lock ??= await lockPath(await realTarget(path))
    if (open !== undefined && !(await open.isInPlace())) {
      log.warn({ path }, 'the file was moved or deleted by somebody else: beginning a new one')
      await open.close()
      open = undefined
    }
    open ??= await openAppendFile(path)
    return open
  }

  const rotate = async (full: AppendFile): Promise<AppendFile> => {
    open = undefined
    await full.close()
    const aside = await setAside(path)
    log.info({ path, aside }, 'the file is full: set aside')
    open = await openAppendFile(path)
    if (keep > 0) {
      const removed = await removeOldest(path, keep)
      if (removed.length > 0) log.info({ removed, keep }, 'deleted the oldest files set aside')
    }
    return open
  }

  return {
    async open() {
      try {
        await inPlace()
      } catch (error) {
        await release()
        throw fileError(path, error)
      }
    },
    async append(chunks, signal) {
      try {
        const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
        let file = await inPlace()
        if (maxBytes > 0 && file.bytes > 0 && file.bytes + bytes > maxBytes) file = await rotate(file)
        await file.append(chunks, signal)
      } catch (error) {
        throw signal.aborted ? signal.reason : fileError(path, error)
      }
    },
    async close() {
      closed = true
      await release()
    },
  }
}

/** Two spellings of one file have one lock. The file itself need not exist, its folder does by then. */
async function realTarget(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  return join(await realpath(dirname(path)), basename(path))
}
