/**
 * A file that grows by whole appends: each is on the disk in full when it resolves, or taken back in full when it throws.
 *
 * - A process that died in mid-append leaves a partial line; opening ends that line, so that nothing is ever glued to it.
 * - An append that fails, or whose time is up, cuts the file back to where it was. If even that fails, the next append
 *   does it first.
 * - A file that was moved or deleted while open is noticed before the next append, and a new one is begun.
 */
import { constants, type Stats } from 'node:fs'
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { RetryableError } from './errors.ts'
import { errorCode } from './file-error.ts'

export interface AppendFile {
  /** Its size as of the last open or append. */
  readonly bytes: number
  /** False when the path no longer leads to this file. */
  isInPlace(): Promise<boolean>
  /** All chunks, durable; or none. Throws the signal's reason when it aborts before they are. */
  append(chunks: readonly Uint8Array[], signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

const LINE_END = 0x0a
/** Appends at the end whoever else writes; readable for the look at the last byte. */
const FLAGS = constants.O_APPEND | constants.O_CREAT | constants.O_RDWR
const MODE = 0o640

/** Opens or creates the file, and its folders. */
export async function openAppendFile(path: string): Promise<AppendFile> {
  await refuseSpecialFile(path)
  await mkdir(dirname(path), { recursive: true })
  const handle = await open(path, FLAGS, MODE)
  try {
    await endPartialLine(handle)
    await handle.sync()
    await syncFolder(path)
    return appendFile(path, handle, await handle.stat())
  } catch (error) {
    await handle.close()
    throw error
  }
}

function appendFile(path: string, handle: FileHandle, opened: Stats): AppendFile {
  let bytes = opened.size
  /** Whether something of a failed append may stand behind `bytes`. */
  let torn = false

  return {
    get bytes() {
      return bytes
    },
    async isInPlace() {
      try {
        const there = await stat(path)
        if (there.ino !== opened.ino || there.dev !== opened.dev) return false
        // Somebody may have emptied it (a copy-and-truncate rotation): what was cut is not ours to bring back.
        if (!torn) bytes = there.size
        return true
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return false
        throw error
      }
    },
    async append(chunks, signal) {
      if (torn) await handle.truncate(bytes)
      torn = true
      try {
        let added = 0
        for (const chunk of chunks) {
          signal.throwIfAborted()
          await writeWhole(handle, chunk)
          added += chunk.byteLength
        }
        await handle.datasync()
        signal.throwIfAborted()
        bytes += added
        torn = false
      } catch (error) {
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

/** A write may take a part only: the rest of a full disk, or an interruption. */
async function writeWhole(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let written = 0; written < chunk.byteLength; ) {
    written += (await handle.write(chunk, written)).bytesWritten
  }
}

async function endPartialLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat()
  if (size === 0) return
  const last = new Uint8Array(1)
  await handle.read(last, 0, 1, size - 1)
  if (last[0] !== LINE_END) await handle.write('\n')
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
