import type { ProducerCounters, RowBatch } from '@pumphouse/record'

/** A closed batch on its way: held until the set has it or it is dropped. */
export interface Batch {
  readonly rows: RowBatch
  /** Records in it. */
  readonly count: number
  /** As of the moment it was closed. */
  readonly counters: ProducerCounters
  /** When it was closed, by performance.now(), which is the same on all threads of a process. */
  readonly closedAtMs: number
}
