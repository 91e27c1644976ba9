import { errorMessage } from '@pumphouse/options'
import type { PumpLog } from '@pumphouse/pumps'

/** A stretch of consecutive failures of one thing. It is logged when it begins and when it is over, however many failures lie between. */
export interface Episode {
  /** Consecutive failures so far. */
  readonly failures: number
  /** Message of the last failure; undefined when all is well. */
  readonly lastError: string | undefined
  failed(error: unknown): void
  /** It works. Costs nothing when nothing had failed. */
  recovered(): void
}

/** `fields` go into both lines; `words` are the two messages. */
export function createEpisode(
  log: PumpLog,
  fields: object,
  words: { readonly failed: string; readonly recovered: string },
): Episode {
  let failures = 0
  let lastError: string | undefined
  let beganAt = 0
  return {
    get failures() {
      return failures
    },
    get lastError() {
      return lastError
    },
    failed(error) {
      failures += 1
      lastError = errorMessage(error)
      if (failures > 1) return
      beganAt = performance.now()
      log.warn({ ...fields, error: lastError }, words.failed)
    },
    recovered() {
      if (failures === 0) return
      const failedForMs = Math.round(performance.now() - beganAt)
      log.info({ ...fields, failures, failedForMs, lastError }, words.recovered)
      failures = 0
      lastError = undefined
    },
  }
}
