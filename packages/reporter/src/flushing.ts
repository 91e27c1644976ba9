import { MAX_TIMER_MS, parseDuration } from '@pumphouse/options'

/** How long flush() and close() may take: text with its unit, or milliseconds. Default 5s. */
export interface TimeoutOption {
  readonly timeout?: string | number | undefined
}

/** What flush() is to wait for, and how long. */
export interface FlushOptions extends TimeoutOption {
  /**
   * Wait first for the requests that are under way now, and so for their records: an adapter makes one when the response has been read to its end or has closed. For functions
   * that are frozen between calls. A request that waits for this itself waits until the timeout. Default false.
   */
  readonly open?: boolean | undefined
}

/** Those who wait for batches to be settled, or for requests to end. */
export interface Flushing<Item> {
  /** True once all of these are settled, false when timeoutMs came first. Holds the process meanwhile. */
  wait(items: readonly Item[], timeoutMs: number): Promise<boolean>
  settled(item: Item): void
}

const DEFAULT_TIMEOUT_MS = 5_000

export function createFlushing<Item>(): Flushing<Item> {
  const waiters = new Set<(item: Item) => void>()
  return {
    wait(items, timeoutMs) {
      const left = new Set(items)
      if (left.size === 0) return Promise.resolve(true)
      return new Promise(resolve => {
        const finish = (done: boolean): void => {
          waiters.delete(onSettled)
          clearTimeout(timer)
          resolve(done)
        }
        const onSettled = (item: Item): void => {
          if (left.delete(item) && left.size === 0) finish(true)
        }
        const timer = setTimeout(finish, Math.min(timeoutMs, MAX_TIMER_MS), false)
        waiters.add(onSettled)
      })
    },
    settled(item) {
      // Asked for each request that ends.
      if (waiters.size === 0) return
      for (const waiter of waiters) waiter(item)
    },
  }
}

/** Throws PH_CONFIG_INVALID for a timeout that cannot be read. */
export function timeoutMsOf(options: TimeoutOption = {}): number {
  const { timeout = DEFAULT_TIMEOUT_MS } = options
  return parseDuration(typeof timeout === 'number' ? `${timeout}ms` : timeout)
}
