import { parseDuration } from '@pumphouse/options'
import type { Batch } from './batch.ts'

/** How long flush() and close() may take: text with its unit, or milliseconds. Default 5s. */
export interface FlushOptions {
  readonly timeout?: string | number | undefined
}

/** Those who wait for batches to be settled. */
export interface Flushing {
  /** True once all of these are settled, false when timeoutMs came first. Holds the process meanwhile. */
  wait(batches: readonly Batch[], timeoutMs: number): Promise<boolean>
  settled(batch: Batch): void
}

const DEFAULT_TIMEOUT_MS = 5_000
/** setTimeout takes no more (24.8 days). */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

export function createFlushing(): Flushing {
  const waiters = new Set<(batch: Batch) => void>()
  return {
    wait(batches, timeoutMs) {
      const left = new Set(batches)
      if (left.size === 0) return Promise.resolve(true)
      return new Promise(resolve => {
        const finish = (done: boolean): void => {
          waiters.delete(onSettled)
          clearTimeout(timer)
          resolve(done)
        }
        const onSettled = (batch: Batch): void => {
          if (left.delete(batch) && left.size === 0) finish(true)
        }
        const timer = setTimeout(finish, Math.min(timeoutMs, MAX_TIMEOUT_MS), false)
        waiters.add(onSettled)
      })
    },
    settled(batch) {
      for (const waiter of waiters) waiter(batch)
    },
  }
}

/** Throws PH_CONFIG_INVALID for a timeout that cannot be read. */
export function timeoutMsOf(options: FlushOptions = {}): number {
  const { timeout = DEFAULT_TIMEOUT_MS } = options
  return parseDuration(typeof timeout === 'number' ? `${timeout}ms` : timeout)
}
