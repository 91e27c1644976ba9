/**
 * Writes records of dead letters, for a command that someone waits for.
 *
 *   writing ── delivered ──────────▶ delivered
 *           ── rejected ───────────▶ refused, the others delivered or written again
 *           ── retryable ──────────▶ pause ──▶ writing again; after MOST_FAILURES in a row given up
 *           ── stop ───────────────▶ no further attempt
 */
import type { Pump } from '@pumphouse/pumps'
import type { AnalyticsRecord } from '@pumphouse/record'
import type { PipelineConfig } from '../../config/config.ts'
import { attempt } from '../../pipeline/attempt.ts'
import { createBackoff } from '../../pipeline/backoff.ts'
import { pause } from '../../pipeline/pause.ts'
import { outcomeOfError, outcomeOfResult, type WriteOutcome } from '../../pipeline/write-outcome.ts'

/** What became of one record. */
export type Fate = 'delivered' | 'unwritten' | { readonly reason: string; readonly message: string }

/** The daemon tries for as long as it takes; a command says that the target fails, and can be repeated. */
const MOST_FAILURES = 5

/** Writes one batch. Resolves with the fate of each record, and with the error that was the last when it was given up. Never rejects. */
export async function writeOnce(
  pump: Pump,
  config: Pick<PipelineConfig, 'timeoutMs' | 'retry'>,
  batch: readonly AnalyticsRecord[],
  stop: AbortSignal,
): Promise<{ readonly fates: readonly Fate[]; readonly error?: unknown }> {
  const fates = new Array<Fate>(batch.length).fill('unwritten')
  const backoff = createBackoff(config.retry)
  const never = new AbortController().signal
  let open: readonly number[] = batch.map((_, i) => i)
  for (let failures = 0; open.length > 0; ) {
    const records = Object.freeze(open.map(i => batch[i] as AnalyticsRecord))
    const ended = await attempt(signal => pump.write(records, signal), config.timeoutMs, never)
    if (ended.kind === 'stopped') break
    const outcome = ended.kind === 'done' ? outcomeOfResult(ended.result, open.length) : outcomeOfError(ended.error)
    const again = note(outcome, open, fates)
    failures = again.length < open.length ? 0 : failures + 1
    open = again
    if (outcome.kind !== 'retryable' && outcome.kind !== 'partial') continue
    if (open.length > 0 && (failures >= MOST_FAILURES || stop.aborted)) return { fates, error: outcome.error }
    if (open.length > 0) await pause(Math.max(outcome.afterMs ?? 0, backoff.next()), stop)
  }
  return { fates }
}

/** Notes what is settled; returns the positions that are to be written again. */
function note(outcome: WriteOutcome, open: readonly number[], fates: Fate[]): readonly number[] {
  if (outcome.kind === 'retryable' || outcome.kind === 'abandoned') return open
  if (outcome.kind === 'partial') {
    const again = outcome.retry.map(at => open[at] as number)
    const rejected = new Map(outcome.rejected.map(({ index, reason, message }) => [open[index], { reason, message }]))
    for (const i of open) if (!again.includes(i)) fates[i] = rejected.get(i) ?? 'delivered'
    return again
  }
  const fate = outcome.kind === 'delivered' ? 'delivered' : { reason: outcome.reason, message: outcome.message }
  for (const i of open) fates[i] = fate
  return []
}
