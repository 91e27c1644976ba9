/**
 * What a process can still do when it exits (process.exit(), an uncaught error, an unhandled rejection): only the 'exit' listeners of the main
 * thread run, and only what is synchronous in them. So this thread encodes what is in memory itself and writes it to the spool, under the lanes and
 * sequences it has or would have got. A worker may still push or write some of it: the set takes each frame once.
 */

import { errorMessage } from '@pumphouse/options/error-message'
import { createRedactor, encodeFrame, type ProducerCounters, type RowBatch } from '@pumphouse/record'
import type { LaneOrder, LaneSettings, SpoolSettings } from '../lane/lane-messages.ts'
import { createAccountNote } from './account-note.ts'
import { ENTRY_HEADER_BYTES } from './spool-entry.ts'
import { createFolder, findFolders, LAST_PART, type LaneFolder, release, spoolRoot } from './spool-folder.ts'
import { createSpoolQueue } from './spool-queue.ts'

/** What became of an order; `unspooled`: it did not fit, or could not be written. */
export type ExitOutcome = 'spooled' | 'unspooled' | 'unencodable'

/**
 * Writes these to the spool of their lane, behind everything that the lane itself wrote, until its bounds or the file system refuse one; that and those behind it are not written.
 * `settle` hears of each in turn. Then writes the note of what was counted, for which `counters` is asked when all are settled. Never throws what the file system throws.
 */
export function writeAtExit(
  settings: LaneSettings,
  orders: readonly LaneOrder[],
  settle: (order: LaneOrder, outcome: ExitOutcome, reason?: string) => void,
  counters: () => ProducerCounters,
): void {
  if (settings.spool === undefined) return
  const disk = openDisk(settings, settings.spool)
  const redactor = createRedactor(settings.redact)
  const redact = (batch: RowBatch): RowBatch => redactor?.batch(batch) ?? batch
  for (const order of orders) {
    const bytes = disk.refusal === undefined ? encoded(settings, order, redact) : undefined
    if (typeof bytes === 'string') {
      settle(order, 'unencodable', bytes)
      continue
    }
    if (bytes !== undefined) disk.append(order, bytes)
    settle(order, disk.refusal === undefined ? 'spooled' : 'unspooled', disk.refusal)
  }
  disk.end({ service: settings.service, instance: settings.instance, counters: counters() })
}

/** The frame, or why there is none. */
function encoded(settings: LaneSettings, order: LaneOrder, redact: (batch: RowBatch) => RowBatch): Uint8Array | string {
  const { service, instance, lane } = settings
  const { sequence, baseId, counters, batch } = order
  try {
    return encodeFrame(baseId, { service, instance, lane, sequence, counters }, redact(batch), settings)
  } catch (error) {
    return errorMessage(error)
  }
}

/** A folder for the last frames of a lane. */
interface ExitDisk {
  /** Why it takes no more frames. */
  readonly refusal: string | undefined
  append(order: LaneOrder, bytes: Uint8Array): void
  /** Adds the note and gives the folder up. */
  end(account: Parameters<ReturnType<typeof createAccountNote>['write']>[1]): void
}

function openDisk({ set, lane }: LaneSettings, { dir, maxBytes }: SpoolSettings): ExitDisk {
  const root = spoolRoot(dir, set.name)
  const queue = createSpoolQueue('removed')
  const note = createAccountNote()
  let refusal: string | undefined
  let folder: LaneFolder | undefined
  let room = 0

  function attempt(work: () => void): void {
    try {
      work()
    } catch (error) {
      refusal = errorMessage(error)
    }
  }

  attempt(() => {
    folder = createFolder(root, lane, LAST_PART)
    room = maxBytes - findFolders(root).reduce((sum, other) => sum + other.bytes, 0)
  })

  return {
    get refusal() {
      return refusal
    },
    append({ sequence, batch }, bytes) {
      room -= ENTRY_HEADER_BYTES + bytes.length
      if (room < 0) refusal = `it has reached its maxBytes (${maxBytes})`
      else if (folder !== undefined) {
        const target = folder
        attempt(() => queue.append(target, { sequence, count: batch.count, bytes }))
      }
    },
    end(account) {
      const target = folder
      if (target === undefined) return
      attempt(() => note.write(target, account))
      note.close()
      queue.close()
      release(target)
    },
  }
}
