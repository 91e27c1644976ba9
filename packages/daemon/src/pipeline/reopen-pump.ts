import { errorMessage } from '@pumphouse/options'
import type { Pump, PumpLog } from '@pumphouse/pumps'
import { attempt } from './attempt.ts'

/** What a pump is asked to reopen with. */
export interface ReopenOptions {
  readonly timeoutMs: number
  readonly stopping: AbortSignal
  readonly log: PumpLog
  readonly fields: object
}

/**
 * Lets a pump let go of what was moved (SIGHUP), in `timeoutMs` at most. One that has nothing of the kind, or was not made yet, has nothing to do. A
 * failure is logged, and the next write shows what it means. Never rejects.
 */
export async function reopenPump(pump: Pump | undefined, options: ReopenOptions): Promise<void> {
  if (pump?.reopen === undefined) return
  const { timeoutMs, stopping, log, fields } = options
  const ended = await attempt(async signal => await pump.reopen?.(signal), timeoutMs, stopping)
  if (ended.kind === 'failed') log.warn({ ...fields, error: errorMessage(ended.error) }, 'the pump failed to reopen')
}
