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

/** A failure of which somebody else speaks. */
export type SaidElsewhere = (error: unknown) => boolean

/**
 * `fields` go into both lines; `words` are the two messages. A failure that is `saidElsewhere` counts, and is not said: an episode of none but
 * such has no line at all.
 */
export function createEpisode(
  log: PumpLog,
  fields: object,
  words: { readonly failed: string; readonly recovered: string },
  saidElsewhere: SaidElsewhere = () => false,
): Episode {
  let failures = 0
  let lastError: string | undefined
  let beganAt = 0
  let isSaid = false
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
      if (failures === 1) beganAt = performance.now()
      if (isSaid || saidElsewhere(error)) return
      isSaid = true
      log.warn({ ...fields, error: lastError }, words.failed)
    },
    recovered() {
      if (failures === 0) return
      const failedForMs = Math.round(performance.now() - beganAt)
      if (isSaid) log.info({ ...fields, failures, failedForMs, lastError }, words.recovered)
      isSaid = false
      failures = 0
      lastError = undefined
    },
  }
}
