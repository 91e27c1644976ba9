import type { BatchQueue } from './batch-queue.ts'
import type { Batch } from './batcher.ts'
import type { Heartbeat } from './heartbeat.ts'

/** Where batches come from and what brings them to their end. */
export interface WriterOptions {
  readonly queue: BatchQueue
  /** Brings one batch to its end; false = abandoned, and so is what follows. */
  deliver(batch: Batch): Promise<boolean>
  /** Undefined, or a promise to wait for before more frames are settled. */
  settleRoom(): Promise<void> | undefined
  readonly heartbeat: Heartbeat
}

/**
 * The writing half of a pipeline: takes batch after batch until the queue is closed and empty, or until one was abandoned. One at a
 * time: the next one is prepared meanwhile. A pump's `concurrency` is how many writers there are.
 */
export async function runWriter({ queue, deliver, settleRoom, heartbeat }: WriterOptions): Promise<void> {
  for (;;) {
    heartbeat.park()
    const batch = await queue.take()
    await settleRoom()
    if (!batch) return
    // Somebody else has all of it by now, and will write it.
    if (batch.spans.every(({ frame }) => frame.lost)) continue
    if (await deliver(batch)) continue
    queue.discard()
    return
  }
}
