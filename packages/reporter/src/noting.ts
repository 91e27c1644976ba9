/** Lets the spool know what was counted, more often than frames do: what a process that is killed takes with it can be told by the difference. */

import type { ReporterSettings } from './options.ts'
import type { Tally } from './tally.ts'

/** How often, at most. Each note is a small write over the last one. */
const NOTE_MS = 100
/** Of a flush interval, where that is short. */
const SHARE = 0.25

/** Notes while records are made, if there is a spool; `note` says whether it was of use. Returns what ends it. Never keeps the process. */
export function startNoting(
  { spool, flushIntervalMs }: Pick<ReporterSettings, 'spool' | 'flushIntervalMs'>,
  tally: Pick<Tally, 'created'>,
  note: () => boolean,
): () => void {
  if (spool === undefined) return () => undefined
  let noted = 0
  const timer = setInterval(noteNews, Math.min(NOTE_MS, Math.max(1, flushIntervalMs * SHARE))).unref()

  /** By a timer, which would end the process with what is thrown where somebody changed the built-in objects. */
  function noteNews(): void {
    const { created } = tally
    try {
      if (created !== noted && note()) noted = created
    } catch {
      noted = 0
    }
  }

  return () => clearInterval(timer)
}
