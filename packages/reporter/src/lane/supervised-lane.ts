/**
 * A lane as the application's thread sees it: what must outlive the thread that does the work. The lane's id, its sequence, and every batch
 * that was handed over and not yet acknowledged are kept here, with their base ids and counters; a successor is handed them again under
 * the same numbers, and the set ignores what it took from the one that died.
 *
 * running ── death ──→ resting ── backoff over ──→ running
 *                         └── QUICK_DEATHS in a row, or hopeless ──→ running on this thread (which it then stays)
 * any ── end() ──→ ended
 */

import type { ProducerCounters, RecordIdSource, RedactCounts } from '@pumphouse/record'
import type { Batch } from '../batch.ts'
import { type ExitOutcome, writeAtExit } from '../spool/exit-spool.ts'
import { backoffMs } from './backoff.ts'
import {
  type FailingCode,
  type LaneChange,
  type LaneEvent,
  type LaneNote,
  type LaneOrder,
  type LaneSettings,
  WINDOW,
} from './lane-messages.ts'
import type { LaneRunner, StartRunner } from './lane-runner.ts'

/** A thread that lives longer than this did not die of its start. */
const QUICK_DEATH_MS = 10_000
/** After so many quick deaths in a row the next thread would die too. */
const QUICK_DEATHS = 5

/** What became of a batch. */
export type Outcome = 'sent' | ExitOutcome

/** What a lane says about what is on disk. */
export type SpoolEvent = Extract<LaneEvent, { type: 'drained' | 'lost' | 'adopted' | 'unadoptable' | 'refusing' }>

/** What a lane tells. None may throw. */
export interface LaneListener {
  /** A batch handed over is done with: sent, on disk, at the exit of the process not taken by the disk, or impossible to encode. */
  onSettled(batch: Batch, outcome: Outcome, reason?: string): void
  onSpool(event: SpoolEvent): void
  /** So many values were redacted since it was last called. */
  onRedacted(counts: RedactCounts): void
  /** There is room for more; also after every change of the connection. */
  onChange(): void
  /** Frames wait and the lane keeps trying; said once per episode, and again when it turns out to be the cap. */
  onFailing(code: FailingCode, reason: string): void
  /** A push was refused at the backlog cap. */
  onCapped(): void
  onWorkerDeath(reason: string, next: 'thread' | 'same_thread'): void
}

/** One lane with its successors. */
export interface SupervisedLane {
  /** Batches it can take now. */
  readonly room: number
  readonly up: boolean
  /** Between a failure and the next frame that was taken: why. */
  readonly failing: FailingCode | undefined
  readonly threads: number
  readonly spool: { readonly frames: number; readonly bytes: number; readonly refusing?: string | undefined }
  /** Hands a batch over; only while there is room. */
  post(batch: Batch): void
  /** Also for what was handed over and is not encoded yet. */
  change(change: LaneChange): void
  /** Lets the spool know what the reporter has counted. */
  note(note: LaneNote): void
  end(graceMs: number): Promise<void>
  /** Settles what it was handed and what it is handed now by way of the spool, before the process exits, and leaves what was counted then. Never throws. */
  leave(more: readonly Batch[], counters: () => ProducerCounters): void
}

/** Starts the lane with `start.thread`, or with `start.sameThread` when that is all there is. */
export function createSupervisedLane(
  given: LaneSettings,
  ids: RecordIdSource,
  start: { readonly thread: StartRunner | undefined; readonly sameThread: StartRunner },
  listener: LaneListener,
): SupervisedLane {
  const posted = new Map<number, { readonly order: LaneOrder; readonly batch: Batch }>()
  let settings = given
  let startNext = start.thread ?? start.sameThread
  let runner: LaneRunner | undefined
  let sequence = 0
  let quickDeaths = 0
  let startedAtMs = 0
  let respawn: NodeJS.Timeout | undefined
  let up = false
  let failing: FailingCode | undefined
  let ended = false
  let spool: SupervisedLane['spool'] = { frames: 0, bytes: 0 }

  function run(): void {
    startedAtMs = performance.now()
    runner = startNext(settings, { onEvent, onDeath })
    for (const { order } of posted.values()) runner.post(order)
  }

  function onEvent(event: LaneEvent): void {
    if (ended) return
    if (event.type === 'connection') {
      up = event.up
    } else if (event.type === 'failing') {
      onFailing(event.code, event.message)
    } else if (event.type === 'sent' || event.type === 'spooled') {
      if (event.type === 'sent') failing = undefined
      for (const sequence of event.sequences) settle(sequence, event.type)
    } else if (event.type === 'capped') {
      listener.onCapped()
    } else if (event.type === 'redacted') {
      listener.onRedacted(event.counts)
    } else if (event.type === 'unencodable') {
      settle(event.sequence, 'unencodable', event.message)
    } else if (event.type === 'spool') {
      spool = { ...spool, frames: event.frames, bytes: event.bytes }
    } else {
      if (event.type === 'drained' || (event.type === 'adopted' && event.records > 0)) failing = undefined
      if (event.type === 'refusing') spool = { ...spool, refusing: event.message }
      listener.onSpool(event)
    }
    listener.onChange()
  }

  function onFailing(code: FailingCode, reason: string): void {
    // Redis is there again and full: who waits for it to come back should look elsewhere now.
    const isNews = failing === undefined || (code === 'PH_BACKLOG_FULL' && failing !== code)
    failing = code
    if (isNews) listener.onFailing(code, reason)
  }

  function settle(settled: number, outcome: Outcome, reason?: string): void {
    const known = posted.get(settled)
    if (known === undefined) return
    posted.delete(settled)
    listener.onSettled(known.batch, outcome, reason)
  }

  function onDeath(reason: string, hopeless = false): void {
    if (ended) return
    runner = undefined
    up = false
    quickDeaths = performance.now() - startedAtMs < QUICK_DEATH_MS ? quickDeaths + 1 : 1
    if (hopeless || quickDeaths >= QUICK_DEATHS) startNext = start.sameThread
    listener.onWorkerDeath(reason, startNext === start.sameThread ? 'same_thread' : 'thread')
    respawn = setTimeout(run, backoffMs(quickDeaths))
    respawn.unref()
    listener.onChange()
  }

  /** Gives a batch its number; from then on it is known until it is settled. */
  function keep(batch: Batch): LaneOrder {
    sequence++
    const { count, counters, closedAtMs, rows } = batch
    const order = { sequence, baseId: ids.allocate(count), counters, batch: rows, closedAtMs }
    posted.set(sequence, { order, batch })
    return order
  }

  run()
  return {
    get room() {
      return ended ? 0 : WINDOW - posted.size
    },
    get up() {
      return up
    },
    get failing() {
      return failing
    },
    get spool() {
      return spool
    },
    get threads() {
      return runner !== undefined && startNext === start.thread ? 1 : 0
    },
    post(batch) {
      // Kept whether or not a thread runs.
      const order = keep(batch)
      runner?.post(order)
    },
    change(change) {
      settings = { ...settings, ...change }
      runner?.change(change)
    },
    note(note) {
      runner?.note(note)
    },
    leave(more, counters) {
      for (const batch of more) keep(batch)
      if (posted.size === 0 && spool.frames === 0) return
      const orders = [...posted.values()].map(({ order }) => order)
      try {
        writeAtExit(settings, orders, ({ sequence }, outcome, reason) => settle(sequence, outcome, reason), counters)
      } catch {
        // Somebody changed what the built-in objects do, and the process exits.
      }
    },
    async end(graceMs) {
      ended = true
      clearTimeout(respawn)
      await runner?.end(graceMs)
      runner = undefined
    },
  }
}
