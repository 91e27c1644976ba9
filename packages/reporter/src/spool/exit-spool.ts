/**
 * What a process can still do when it exits (process.exit(), an uncaught error, an unhandled rejection): only the 'exit' listeners of the main
 * thread run, and only what is synchronous in them. So this thread encodes what is in memory itself and writes it to the spool, under the lanes and
 * sequences it has or would have got. A worker may still push or write some of it: the set takes each frame once.
 */

import { createRedactor, encodeFrame } from '@pumphouse/record'
import type { LaneOrder, LaneSettings } from '../lane/lane-messages.ts'
import { createFolder, findFolders, LAST_PART, release, spoolRoot } from './spool-folder.ts'
import { createSpoolQueue } from './spool-queue.ts'

/** Writes these to the spool of their lane, behind everything that the lane itself wrote; as many as its bounds allow. May throw what the file system throws. */
export function writeAtExit(settings: LaneSettings, orders: readonly LaneOrder[]): void {
  const { spool, service, instance, lane } = settings
  if (spool === undefined || orders.length === 0) return
  const root = spoolRoot(spool.dir, settings.set.name)
  const folder = createFolder(root, lane, LAST_PART)
  let room = spool.maxBytes - findFolders(root).reduce((sum, other) => sum + other.bytes, 0)
  const queue = createSpoolQueue('removed')
  const redactor = createRedactor(settings.redact)
  try {
    for (const { sequence, baseId, counters, batch } of orders) {
      const producer = { service, instance, lane, sequence, counters }
      const bytes = encodeFrame(baseId, producer, redactor?.batch(batch) ?? batch, settings)
      room -= bytes.length
      if (room < 0) return
      queue.append(folder, { sequence, count: batch.count, bytes })
    }
  } finally {
    queue.close()
    release(folder)
  }
}
