/**
 * One path and what is written there: its lock, the open file, and when that is set aside.
 *
 * The file is set aside before a batch would make it larger than maxBytes, or is written to a file older than maxAge; a single larger batch has a file of its
 * own. A file whose first line is not the header that its lines would need is set aside too.
 */
import { mkdir, open as openFile, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { PumpLog } from '../define-pump.ts'
import { type AppendFile, openAppendFile } from './append-file.ts'
import { type AsideRules, createAsideFiles } from './aside-files.ts'
import { errorCode, fileError } from './file-error.ts'
import { lockPath, type PathLock } from './path-lock.ts'
import { setAside } from './rotation.ts'
import type { LineShape } from './torn-line.ts'

/** What is the same for every path of a pump. */
export interface FileRules {
  readonly shape: LineShape
  /** Appends wait until the disk has them. */
  readonly sync: boolean
  /** 0 = no limit. */
  readonly maxBytes: number
  /** 0 = no limit. */
  readonly maxAgeMs: number
  readonly aside: AsideRules
  readonly log: PumpLog
}

export interface FileTarget {
  open(): Promise<void>
  append(chunks: readonly Buffer[], signal: AbortSignal): Promise<void>
  /** Closes the file if its path does not lead to it any more; true when it did. The path stays ours, and the next append begins another file. */
  letGoIfMoved(): Promise<boolean>
  /** Safe twice. Nothing is appended afterwards. */
  close(): Promise<void>
}

/** Does nothing before it is opened or appended to. Its errors are RetryableErrors with the path, in words. */
export function createFileTarget(path: string, rules: FileRules): FileTarget {
  const { shape, log } = rules
  const asideFiles = createAsideFiles(path, rules.aside, log)
  let lock: PathLock | undefined
  let open: AppendFile | undefined
  let closed = false

  async function release(): Promise<void> {
    const [file, held] = [open, lock]
    open = undefined
    lock = undefined
    try {
      await file?.close()
    } finally {
      await held?.release()
    }
  }

  async function begin(): Promise<AppendFile> {
    if (shape.header !== undefined && !(await hasHeader(path, shape.header))) {
      const aside = await setAside(path)
      log.warn({ path, aside }, 'the file has other columns in its first line: set aside')
    }
    const file = await openAppendFile(path, shape, rules.sync)
    if (file.cutBytes > 0)
      log.warn({ path, cutBytes: file.cutBytes }, 'a crash had left a part of a line, never acked: cut off')
    asideFiles.tend()
    return file
  }

  async function letGoIfMoved(again: boolean): Promise<boolean> {
    if (open === undefined || (await open.isInPlace(again))) return false
    const moved = open
    open = undefined
    await moved.close()
    return true
  }

  async function inPlace(): Promise<AppendFile> {
    if (closed) throw fileError(path, new Error('the pump is closed'))
    if (lock?.held === false) await release()
    lock ??= await lockPath(await realTarget(path))
    if (await letGoIfMoved(false)) {
      log.warn({ path }, 'the file was moved or deleted by somebody else: beginning a new one')
    }
    open ??= await begin()
    return open
  }

  function isFull(file: AppendFile, adding: number): boolean {
    if (file.bytes === 0) return false
    const tooLarge = rules.maxBytes > 0 && file.bytes + adding > rules.maxBytes
    return tooLarge || (rules.maxAgeMs > 0 && file.ageMs >= rules.maxAgeMs)
  }

  async function rotate(full: AppendFile): Promise<AppendFile> {
    open = undefined
    await full.close()
    const aside = await setAside(path)
    log.info({ path, aside }, 'the file is full or old enough: set aside')
    open = await begin()
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
        const adding = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
        const file = await inPlace()
        await (isFull(file, adding) ? await rotate(file) : file).append(chunks, signal)
      } catch (error) {
        throw signal.aborted ? signal.reason : fileError(path, error)
      }
    },
    async letGoIfMoved() {
      try {
        return await letGoIfMoved(true)
      } catch (error) {
        throw fileError(path, error)
      }
    },
    async close() {
      closed = true
      await asideFiles.stop()
      await release()
    },
  }
}

/** Two spellings of one file have one lock. The file itself need not exist, its folder does by then. */
async function realTarget(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  return join(await realpath(dirname(path)), basename(path))
}

/** True of a file that is missing, empty, begins with the header, or holds no more than a torn part of it. */
async function hasHeader(path: string, header: Buffer): Promise<boolean> {
  try {
    const handle = await openFile(path, 'r')
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(header.length), 0, header.length, 0)
      return header.subarray(0, bytesRead).equals(buffer.subarray(0, bytesRead))
    } finally {
      await handle.close()
    }
  } catch (error) {
    // What else is wrong with it is said better by whoever opens it to write.
    if (errorCode(error) !== undefined) return true
    throw error
  }
}
