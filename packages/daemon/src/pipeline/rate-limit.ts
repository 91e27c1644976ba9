/**
 * Holds a pump to so many records in a time. Every batch is let through at once when the one before it has been paid for, and pays with the time its
 * records may take: so the pace holds over any stretch longer than a batch, and no batch is cut for it.
 */

export interface RateLimit {
  /** Lets a batch of so many records in; milliseconds to wait until it may go. Its time is taken up whether it goes or not. */
  admit(records: number): number
}

/** `maxRecords` in `perMs` milliseconds. `now` is a clock in milliseconds, default performance.now(). */
export function createRateLimit(
  { maxRecords, perMs }: { readonly maxRecords: number; readonly perMs: number },
  now: () => number = () => performance.now(),
): RateLimit {
  const msPerRecord = perMs / maxRecords
  let freeAt = 0
  return {
    admit(records) {
      const goesAt = Math.max(now(), freeAt)
      freeAt = goesAt + records * msPerRecord
      return goesAt - now()
    },
  }
}
