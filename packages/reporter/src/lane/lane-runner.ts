import type { LaneChange, LaneEvent, LaneNote, LaneOrder, LaneSettings } from './lane-messages.ts'

/** Where a lane runs: in a worker thread, or on the thread of the application. */
export interface LaneRunner {
  /** Hands a batch over. Never throws; what a runner that died was given is lost to it. */
  post(order: LaneOrder): void
  /** Never throws. */
  change(change: LaneChange): void
  /** Never throws. */
  note(note: LaneNote): void
  /** Stops the lane and frees what it holds; resolves when that is done, after graceMs by force. Never rejects. Safe twice. */
  end(graceMs: number): Promise<void>
}

/** What a runner tells. Neither may throw. */
export interface RunnerListener {
  onEvent(event: LaneEvent): void
  /** It is gone, without having been asked to end; nothing more comes from it. `hopeless`: so would be another. At most once, never while it is being started. */
  onDeath(reason: string, hopeless?: boolean): void
}

/** Starts a lane somewhere. Never throws: a start that fails is a death. */
export type StartRunner = (settings: LaneSettings, listener: RunnerListener) => LaneRunner
