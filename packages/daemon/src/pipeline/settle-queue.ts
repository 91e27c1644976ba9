import type { Group } from '@pumphouse/queue'
import { createBackoff } from './backoff.ts'
import type { Episode } from './episode.ts'
import type { FaultPoints } from './fault-points.ts'
import { pause } from './pause.ts'
import { settlementOf, type TrackedFrame } from './tracked-frame.ts'

/**
 * Settles finished frames in groups: one script call for up to 64 of them, so that small frames do not cost a round trip each.
 *
 *   waiting ── 64 ids, or 5 ms after the first ──▶ settling ── reply ──▶ settled (the counters count only what this call acked)
 *                                                     └── error ──▶ pause ──▶ settling again (the script is idempotent) … until stopped
 *
 * One call at a time. Those who add await room(): while Redis does not answer, finished work must not pile up here.
 */

/** Keeps the script short for Redis, which serves nobody meanwhile. */
const MAX_IDS = 64
/** The same reason: a dead letter costs the script an XADD. */
const MAX_DEAD_LETTERS = 1_000
/** Long enough for neighbours to join, short beside any purge delay. */
const GATHER_MS = 5
/** Finished frames that may wait before room() holds back those who make more. */
const MAX_WAITING_FRAMES = 512
const MAX_WAITING_DEAD_LETTERS = 4_000
const RETRY = { initialMs: 50, maxMs: 2_000 }

/** Finished frames of one partition on their way to being settled. */
export interface SettleQueue {
  /** A frame whose every record is settled. */
  add(frame: TrackedFrame): void
  /** Undefined when more may be added at once, else resolves when it may. */
  room(): Promise<void> | undefined
  /** Resolves when nothing is waiting, or when `signal` has aborted. Never rejects. */
  drained(): Promise<void>
}

/** The group to settle in, and who is told. */
export interface SettleQueueOptions {
  readonly group: Pick<Group, 'settle'>
  readonly episode: Episode
  readonly faults?: FaultPoints | undefined
  /** Gives up what is still waiting. */
  readonly signal: AbortSignal
  /** `counted`: whether this call was the one that acked it. */
  onSettled(frame: TrackedFrame, counted: boolean): void
}

/** Makes an empty queue; it works while there is something in it. */
export function createSettleQueue({ group, episode, faults, signal, onSettled }: SettleQueueOptions): SettleQueue {
  let waiting: TrackedFrame[] = []
  let deadLetters = 0
  let running: Promise<void> | undefined
  let hurry: () => void = () => {}
  let ending = false
  let waitingForRoom: (() => void)[] = []

  const full = (): boolean => waiting.length >= MAX_WAITING_FRAMES || deadLetters >= MAX_WAITING_DEAD_LETTERS

  function takeGroup(): TrackedFrame[] {
    let size = 0
    let letters = 0
    for (const frame of waiting) {
      letters += frame.deadLetters?.length ?? 0
      if (size === MAX_IDS || (size > 0 && letters > MAX_DEAD_LETTERS)) break
      size += 1
    }
    return waiting.slice(0, size)
  }

  function finish(frames: readonly TrackedFrame[], settled: ReadonlySet<string>): void {
    waiting = waiting.slice(frames.length)
    for (const frame of frames) {
      deadLetters -= frame.deadLetters?.length ?? 0
      onSettled(frame, settled.has(frame.id))
    }
    if (full()) return
    const resumed = waitingForRoom
    waitingForRoom = []
    for (const resume of resumed) resume()
  }

  /** Waits for more to join what is waiting: before every call, because while one is on its way only few frames are finished. */
  function gather(): Promise<void> | undefined {
    if (ending || waiting.length >= MAX_IDS) return undefined
    return new Promise(resolve => {
      const timer = setTimeout(resolve, GATHER_MS)
      hurry = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async function run(): Promise<void> {
    const backoff = createBackoff(RETRY)
    while (waiting.length > 0 && !signal.aborted) {
      await gather()
      const frames = takeGroup()
      const ours = frames.filter(frame => !frame.lost)
      try {
        const settling = ours.length > 0 ? group.settle(ours.map(settlementOf)) : { settled: [] }
        faults?.enter('during-settle')
        const { settled } = await settling
        episode.recovered()
        backoff.reset()
        finish(frames, new Set(settled))
      } catch (error) {
        episode.failed(error)
        await pause(backoff.next(), signal)
      }
    }
    running = undefined
    if (signal.aborted) for (const resume of waitingForRoom) resume()
  }

  return {
    add(frame) {
      waiting.push(frame)
      deadLetters += frame.deadLetters?.length ?? 0
      running ??= run()
      if (waiting.length >= MAX_IDS) hurry()
    },
    room() {
      if (!full() || signal.aborted) return undefined
      return new Promise(resolve => waitingForRoom.push(resolve))
    },
    async drained() {
      ending = true
      hurry()
      while (running) await running
    },
  }
}
