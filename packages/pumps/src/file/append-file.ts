/**
 * A file that grows by whole appends: each is on the disk in full when it resolves, or taken back in full when it throws.
 *
 * - A process that died in mid-append leaves a part of a line, which nobody was told of; opening cuts it off, so that the file holds whole lines
 *   only. Text at the end that is no part of a line of ours is kept, and ended.
 * - An append that fails, or whose time is up, cuts the file back to where it was. If even that fails, the next append
 *   does it first.
 * - A file that was moved or deleted while open is noticed before the next append.
 */
import { constants, type Stats } from 'node:fs'
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { RetryableError } from '../errors.ts'
import { errorCode } from './file-error.ts'
import { cutTornLine, type LineShape } from './torn-line.ts'

export interface AppendFile {
  /** Its size as of the last open or append. */
  readonly bytes: number
  /**
   * Milliseconds since it was begun, as far as the file system knows. What passes while it is open is measured, not read from a clock: one that is put forward or
   * back makes no file older or younger. A file begun in the future is new: the clock was ahead then.
   */
  readonly ageMs: number
  /** Bytes of a torn line that opening cut off. */
  readonly cutBytes: number
  /** False when the path no longer leads to this file. Right after an append it is told by what that saw at its end, unless it is to look `again`. */
  isInPlace(again?: boolean): Promise<boolean>
  /** All chunks, durable when the file syncs; or none. Throws the signal's reason when it aborts before they are. */
  append(chunks: readonly Buffer[], signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** Appends at the end whoever else writes; readable for the look at its last line. */
const FLAGS = constants.O_APPEND | constants.O_CREAT | constants.O_RDWR
/**
 * On Linux a write then returns when the disk has it: what write and fdatasync do, in one step. Between two the event loop would have to turn, and while
 * the next batch is being made ready it turns late. Elsewhere the flag is missing or promises less than fdatasync does (macOS).
 */
const WRITE_SYNCS = process.platform === 'linux'
const MODE = 0o640

/** Opens or creates the file, and its folders. `sync`: appends wait until the disk has them. */
export async function openAppendFile(path: string, shape: LineShape, sync: boolean): Promise<AppendFile> {
  await refuseSpecialFile(path)
  await mkdir(dirname(path), { recursive: true })
  const handle = await open(path, sync && WRITE_SYNCS ? FLAGS | constants.O_DSYNC : FLAGS, MODE)
  try {
    const cutBytes = await cutTornLine(handle, shape)
    await handle.sync()
    await syncFolder(path)
    return appendFile(path, handle, { shape, sync, cutBytes, opened: await handle.stat() })
  } catch (error) {
    await handle.close()
    throw error
  }
}

interface Opened {
  readonly shape: LineShape
  readonly sync: boolean
  readonly cutBytes: number
  readonly opened: Stats
}

function appendFile(path: string, handle: FileHandle, { shape, sync, cutBytes, opened }: Opened): AppendFile {
  const begunAt = opened.birthtimeMs > 0 ? opened.birthtimeMs : Date.now()
  const ageAtOpenMs = Math.max(Date.now() - begunAt, 0)
  const openedAt = performance.now()
  let bytes = opened.size
  /** Whether something of a failed append may stand behind `bytes`. */
  let torn = false
  /** What was at the path when the last append ended: it is so until the event loop turns, then it may have changed. */
  let seen: { readonly there: Stats | undefined } | undefined

  /**
   * Taken before an append ends, not when the next one begins: under load that follows at once and can then begin to write at once. It would wait for the
   * look, and that for the event loop, which has the batch after it to make ready.
   */
  async function lookAhead(): Promise<void> {
    try {
      seen = { there: await statOf(path) }
      setImmediate(() => {
        seen = undefined
      })
    } catch {
      // The next append looks again, and says what is wrong.
    }
  }

  return {
    get bytes() {
      return bytes
    },
    get ageMs() {
      return ageAtOpenMs + performance.now() - openedAt
    },
    cutBytes,
    async isInPlace(again = false) {
      const { there } = seen && !again ? seen : { there: await statOf(path) }
      if (there?.ino !== opened.ino || there.dev !== opened.dev) return false
      // Somebody may have emptied it (a copy-and-truncate rotation): what was cut is not ours to bring back.
      if (!torn) bytes = there.size
      return true
    },
    async append(chunks, signal) {
      signal.throwIfAborted()
      if (torn) await handle.truncate(bytes)
      torn = true
      try {
        const all = bytes === 0 && shape.header !== undefined ? [shape.header, ...chunks] : chunks
        const added = await writeWhole(handle, all, signal)
        if (sync && !WRITE_SYNCS) await handle.datasync()
        await lookAhead()
        signal.throwIfAborted()
        bytes += added
        torn = false
      } catch (error) {
        seen = undefined
        await handle.truncate(bytes).then(
          () => {
            torn = false
          },
          () => undefined,
        )
        throw error
      }
    },
    close: () => handle.close(),
  }
}

/** Undefined when nothing is there. */
async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** A write may take a part only: the rest of a full disk, or an interruption. */
async function writeWhole(handle: FileHandle, chunks: readonly Buffer[], signal: AbortSignal): Promise<number> {
  let total = 0
  for (const chunk of chunks) {
    signal.throwIfAborted()
    for (let written = 0; written < chunk.byteLength; ) {
      written += (await handle.write(chunk, written)).bytesWritten
    }
    total += chunk.byteLength
  }
  return total
}

/** A pipe or a device can neither be cut back nor be made durable; opening a pipe would even hang. */
async function refuseSpecialFile(path: string): Promise<void> {
  try {
    const there = await stat(path)
    if (there.isFile() || there.isDirectory()) return
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw error
  }
  throw new RetryableError(
    `cannot write ${path}: it is not a regular file; for pipes and terminals use the stdout pump`,
  )
}

/** A new name is durable only when its folder is. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
