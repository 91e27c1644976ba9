import type { LaneChange, LaneNote, LaneOrder, LaneSettings } from '../src/lane/lane-messages.ts'
import type { LaneRunner, RunnerListener, StartRunner } from '../src/lane/lane-runner.ts'

/** One start of a lane that does only what a test tells it. */
export interface HeldLane {
  readonly settings: LaneSettings
  readonly listener: RunnerListener
  readonly orders: LaneOrder[]
  readonly changes: LaneChange[]
  readonly notes: LaneNote[]
  ended: boolean
  /** Acknowledges the first `count` orders that are left. */
  send(count?: number): void
}

/** Starts lanes without a thread or a Redis, for tests of what happens on the application's side. */
export function heldLanes(): { readonly lanes: HeldLane[]; readonly start: StartRunner } {
  const lanes: HeldLane[] = []
  const start: StartRunner = (settings, listener): LaneRunner => {
    const lane: HeldLane = {
      settings,
      listener,
      orders: [],
      changes: [],
      notes: [],
      ended: false,
      send(count = lane.orders.length) {
        const sequences = lane.orders.splice(0, count).map(order => order.sequence)
        listener.onEvent({ type: 'sent', sequences })
      },
    }
    lanes.push(lane)
    return {
      post: order => void lane.orders.push(order),
      change: change => void lane.changes.push(change),
      note: note => void lane.notes.push(note),
      async end() {
        lane.ended = true
      },
    }
  }
  return { lanes, start }
}
