import { errorMessage } from '@pumphouse/options'
import type { Pump } from '@pumphouse/pumps'
import { attempt } from './attempt.ts'
import { createBackoff } from './backoff.ts'
import { type BatchAccount, openAccount } from './batch-account.ts'
import type { Batch } from './batcher.ts'
import type { Breaker } from './breaker.ts'
import type { Episode } from './episode.ts'
import type { FaultPoints } from './fault-points.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { LossLog } from './loss-log.ts'
import { pause } from './pause.ts'
import type { RateLimit } from './rate-limit.ts'
import type { TrackedFrame } from './tracked-frame.ts'
import { outcomeOfError, outcomeOfResult, type WriteOutcome } from './write-outcome.ts'

/**
 * Brings one batch to its end.
 *
 *   writing ── delivered ─────────────────▶ settled
 *           ── rejected (all or some) ────▶ those are dead-lettered, the others delivered or sent again
 *           ── retryable ─────────────────▶ pause ──▶ writing again
 *                                           └── older than the deadline ──▶ dead-lettered, reason retry_deadline
 *           ── the pipeline stops ────────▶ abandoned: the frames are given back
 *
 * Every attempt waits until breaker and rate limit let it through; the deadline counts from the first one on.
 * A pause is random up to a ceiling that doubles, and never shorter than what the target asked for. An attempt that brought some records
 * across starts the ceiling over: the target works, only not for all at once.
 */

/** A target that asks for a longer pause is asked again after this: a slip of its clock must not silence a pipeline for days. */
const MAX_ASKED_PAUSE_MS = 3_600_000

/** By then drivers have sent a part of a batch, and no target has finished it. */
const MID_WRITE_MS = 2

/** A pump, its policies, and who is told. Durations in milliseconds; deadlineMs 0 = no deadline. */
export interface DeliveryOptions {
  readonly pump: Pump
  readonly timeoutMs: number
  readonly breaker: Breaker
  /** Undefined = any number of records. */
  readonly rateLimit?: RateLimit | undefined
  readonly retry: { readonly initialMs: number; readonly maxMs: number; readonly deadlineMs: number }
  /** The pipeline is stopping: no further attempt after this one. */
  readonly stopping: AbortSignal
  /** Time is up: not even the attempt in progress. */
  readonly aborted: AbortSignal
  readonly episode: Episode
  readonly losses: LossLog
  readonly heartbeat: Heartbeat
  readonly faults?: FaultPoints | undefined
  onSettled(frame: TrackedFrame): void
}

/** Delivers batches, one at a time; several that share breaker and rate limit deliver several. Resolves with false when the pipeline stopped before the batch was settled. Never rejects. */
export function createDelivery(options: DeliveryOptions): (batch: Batch) => Promise<boolean> {
  const { pump, timeoutMs, breaker, rateLimit, retry, stopping, aborted, episode, losses, heartbeat, faults } = options

  async function write(account: BatchAccount): Promise<WriteOutcome> {
    const records = account.records()
    heartbeat.beat(timeoutMs)
    breaker.began()
    const writing = attempt(signal => pump.write(records, signal), timeoutMs, aborted)
    faults?.enter('mid-write', MID_WRITE_MS)
    const ended = await writing
    if (ended.kind === 'stopped') return { kind: 'abandoned' }
    return ended.kind === 'done' ? outcomeOfResult(ended.result, records.length) : outcomeOfError(ended.error)
  }

  function refuse(account: BatchAccount, reason: string, message: string, attempts: number): void {
    losses.add(reason, account.records().length, message)
    account.refuse({ reason, message, attempts })
  }

  async function wait(waitMs: number): Promise<void> {
    if (waitMs <= 0) return
    heartbeat.beat(waitMs)
    await pause(waitMs, stopping)
  }

  /**
   * Waits until breaker and rate limit let an attempt through, or for the breaker no longer than to the deadline. False when the pipeline stops
   * before that; an attempt that need not wait is made all the same.
   */
  async function isAdmitted(records: number, deadline: number): Promise<boolean> {
    while (breaker.waitMs() > 0 && performance.now() < deadline) {
      if (stopping.aborted) return false
      await wait(Math.min(breaker.waitMs(), deadline - performance.now()))
    }
    if (stopping.aborted && breaker.state !== 'closed') return false
    const waitMs = rateLimit?.admit(records) ?? 0
    await wait(waitMs)
    return waitMs === 0 || !stopping.aborted
  }

  return async batch => {
    const account = openAccount(batch, options.onSettled)
    const backoff = createBackoff(retry)
    let deadline = Number.POSITIVE_INFINITY
    for (let attempts = 1; ; attempts++) {
      if (!(await isAdmitted(account.records().length, deadline))) return false
      if (attempts === 1 && retry.deadlineMs > 0) deadline = performance.now() + retry.deadlineMs
      const outcome = await write(account)
      if (outcome.kind === 'abandoned') return false
      if (isFailure(outcome, account.records().length)) breaker.failed()
      else breaker.succeeded()
      if (outcome.kind === 'delivered') {
        faults?.reach('before-settle')
        account.deliver()
      } else if (outcome.kind === 'rejected') refuse(account, outcome.reason, outcome.message, attempts)
      else if (outcome.kind === 'partial') {
        for (const { reason, message } of outcome.rejected) losses.add(reason, 1, message)
        if (outcome.retry.length < account.records().length) backoff.reset()
        account.split(outcome, attempts)
      }
      if (outcome.kind !== 'retryable' && (outcome.kind !== 'partial' || outcome.retry.length === 0)) {
        episode.recovered()
        return true
      }

      episode.failed(outcome.error)
      // Waiting would not make the stop better: the records are safe in Redis, and another daemon may have them.
      if (stopping.aborted) return false
      const askedMs = Math.min(outcome.afterMs ?? 0, MAX_ASKED_PAUSE_MS)
      await wait(Math.min(Math.max(askedMs, backoff.next(), breaker.waitMs()), deadline - performance.now()))
      if (performance.now() >= deadline) {
        refuse(account, 'retry_deadline', errorMessage(outcome.error), attempts)
        return true
      }
      if (stopping.aborted) return false
    }
  }
}

/** The target took nothing and refused nothing for good. */
function isFailure(outcome: WriteOutcome, records: number): boolean {
  return outcome.kind === 'retryable' || (outcome.kind === 'partial' && outcome.retry.length === records)
}
