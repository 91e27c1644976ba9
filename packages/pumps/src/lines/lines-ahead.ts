import type { AnalyticsRecord } from '@pumphouse/record'
import type { LineChunks } from './line-buffer.ts'

/** Makes the lines of a batch. Owns their memory: one batch at a time. */
export type ToLines = (batch: readonly AnalyticsRecord[]) => LineChunks

/** Makes lines of batches that are written one after the other, of the next one ahead of time. */
export interface LinesAhead {
  /** Makes the lines of the batch that will probably be asked for next. Those of another that was prepared before are forgotten. */
  prepare(batch: readonly AnalyticsRecord[]): void
  /** The lines of a batch, made now unless they are ready. Nobody needs those of an earlier call any more. */
  toLines: ToLines
}

/**
 * Two makers of lines in turn: while what one has made is being written, the other one works. The target then waits for no lines, which are as
 * much work as writing them is.
 */
export function createLinesAhead(make: () => ToLines): LinesAhead {
  let writing = make()
  let resting = make()
  let ready: { readonly batch: readonly AnalyticsRecord[]; readonly lines: LineChunks } | undefined

  return {
    prepare(batch) {
      // The lines of a former one are in the memory that is about to be used.
      ready = undefined
      ready = { batch, lines: resting(batch) }
    },
    toLines(batch) {
      if (ready?.batch !== batch) return writing(batch)
      const { lines } = ready
      ready = undefined
      const rested = resting
      resting = writing
      writing = rested
      return lines
    },
  }
}
