/**
 * What a reporter had counted last, in the folder of its lane, for whoever adopts the folder when the process is gone. The frames carry the same counters,
 * but a record that never got into a frame is in none of them; the note is newer, and says how many there were.
 *
 * It is one entry as in the files of frames, whose frame has no rows, written over the last one by a single call. A process that is killed in the
 * middle of it leaves a checksum that is wrong; then the counters of the frames are the newest.
 */

import { closeSync, openSync, readFileSync, unlinkSync, writevSync } from 'node:fs'
import { join } from 'node:path'
import type { ReporterAccount } from '@pumphouse/queue'
import { decodeProducer, encodeFrame } from '@pumphouse/record'
import { entryHeader, readEntry } from './spool-entry.ts'
import { isGone, type LaneFolder } from './spool-folder.ts'

const FILE_NAME = 'account'
/** Others of this machine need not read what requests said. */
const OWNER_ONLY = 0o600
/** A note numbers no records, and is no part of a sequence. */
const NO_BASE_ID = new Uint8Array(12)
const NO_ROWS = { shapes: [], count: 0, rows: new Uint8Array(0), objects: 0, bytes: 0 }
const ANY_SEQUENCE = 1

/** The note of one lane. */
export interface AccountNote {
  /** Writes it into the folder; some 20 µs. Throws what the file system throws. */
  write(folder: LaneFolder, account: ReporterAccount): void
  /** Never throws. */
  close(): void
}

export function createAccountNote(): AccountNote {
  let open: { readonly folder: LaneFolder; readonly fd: number } | undefined

  function close(): void {
    const { fd } = open ?? {}
    open = undefined
    try {
      if (fd !== undefined) closeSync(fd)
    } catch {
      // The file system is gone: there is nothing left to do.
    }
  }

  return {
    write(folder, account) {
      const producer = { ...account, lane: folder.lane, sequence: ANY_SEQUENCE }
      const bytes = encodeFrame(NO_BASE_ID, producer, NO_ROWS, { compress: false })
      const header = entryHeader({ sequence: ANY_SEQUENCE, count: 0, bytes }, Date.now())
      if (open?.folder !== folder) close()
      open ??= { folder, fd: openSync(join(folder.path, FILE_NAME), 'w', OWNER_ONLY) }
      writevSync(open.fd, [header, bytes], 0)
    },
    close,
  }
}

/** The note in a folder; undefined when there is none, or none that can be read. */
export function readNote(folder: LaneFolder): ReporterAccount | undefined {
  try {
    const entry = readEntry(readFileSync(join(folder.path, FILE_NAME)), 0)
    return entry !== 'damaged' && 'bytes' in entry ? decodeProducer(entry.bytes) : undefined
  } catch {
    return undefined
  }
}

/** Removes the note, if there is one, so that the folder can go. Throws what the file system throws. */
export function removeNote(folder: LaneFolder): void {
  try {
    unlinkSync(join(folder.path, FILE_NAME))
  } catch (error) {
    if (!isGone(error)) throw error
  }
}
