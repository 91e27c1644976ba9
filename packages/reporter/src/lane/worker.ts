/** The program of a worker thread: one lane, its orders from the parent, its events back to it. */

import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { createLane } from './lane.ts'
import type { LaneChange, LaneEvent, LaneNote, LaneOrder, LaneSettings } from './lane-messages.ts'

/** What the parent sends: batches, changes, what was counted, now and then the question whether it lives, and at the end the word to stop. */
export type WorkerMessage = LaneOrder | LaneChange | LaneNote | 'ping' | 'end'

/** What it hears: what the lane says, and that it lives. */
export type WorkerAnswer = LaneEvent | 'pong'

function run(parent: MessagePort, settings: LaneSettings): void {
  const answer = (message: WorkerAnswer): void => parent.postMessage(message)
  const lane = createLane(settings, answer)
  function take(message: LaneOrder | LaneChange | LaneNote): void {
    if ('redact' in message) lane.change(message)
    else if ('note' in message) lane.note(message)
    else lane.accept(message)
  }

  function hear(message: WorkerMessage): void {
    if (message === 'ping') answer('pong')
    else if (message === 'end') end()
    else take(message)
  }

  function end(): void {
    lane.end()
    // Nothing is left to keep the thread: it ends by itself. Not by closing the port, which Deno's has no word for.
    parent.off('message', hear)
  }

  parent.on('message', hear)
}

if (parentPort !== null) run(parentPort, workerData as LaneSettings)
