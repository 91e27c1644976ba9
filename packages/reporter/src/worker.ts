/** The program of a worker thread: one lane, its orders from the parent, its events back to it. */

import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { createLane } from './lane.ts'
import type { LaneOrder, LaneSettings } from './lane-messages.ts'

/** What the parent sends: batches, and at the end the word to stop. */
export type WorkerMessage = LaneOrder | 'end'

function run(parent: MessagePort, settings: LaneSettings): void {
  const lane = createLane(settings, event => parent.postMessage(event))
  parent.on('message', (message: WorkerMessage) => {
    if (message !== 'end') return lane.accept(message)
    lane.end()
    // Nothing is left to keep the thread: it ends by itself.
    parent.close()
  })
}

if (parentPort !== null) run(parentPort, workerData as LaneSettings)
