import type { AnalyticsRecord } from '@pumphouse/record'

/** A record the target refused for good. Its neighbours in the batch are unaffected. */
export interface Rejection {
  /** Position in the batch. */
  readonly index: number
  /** A short stable word for counting: `too_large`, `validation`, … */
  readonly reason: string
  /** What the target said, without secrets. */
  readonly message: string
}

/**
 * What became of a batch. Records named in neither list are delivered, durable at the target. A write that resolves
 * with nothing delivered all of them; a write that throws delivered none of them as far as anyone knows.
 */
export interface WriteResult {
  readonly rejected?: readonly Rejection[]
  /** Records to send again later, in a smaller batch if need be. */
  readonly retry?: { readonly indexes: readonly number[]; readonly error: Error; readonly afterMs?: number }
}

/**
 * One target. The lifecycle is a contract, proven for every pump by the contract suite:
 * 1. `start` may be called again after it failed; `write` is called only after a `start` that resolved.
 * 2. `write` gets a frozen batch and resolves only when the batch is durable at the target. Several calls may be under way at once: as many as
 *    the pump's `concurrency` says, and earlier ones that ignored their signal.
 * 3. `signal` aborts when the policy's time is up: stop and throw within 100 ms; whatever is returned later is ignored.
 * 4. `check` leaves the target as it was.
 * 5. `close` is safe before start, during one, twice, and during a write; it releases every handle, those of a start under way too.
 * 6. `reopen` may come at any time, before a start, during one and during writes too, and costs no record.
 * A throw is retryable, whatever it is, unless it is a `RejectedError`.
 */
export interface Pump {
  /** Connect; create what the target needs (indexes, templates, folders). */
  start?(signal: AbortSignal): Promise<void>
  // biome-ignore lint/suspicious/noConfusingVoidType: a write that ends without a return delivered all, and its type is void
  write(batch: readonly AnalyticsRecord[], signal: AbortSignal): Promise<WriteResult | void>
  /**
   * This very batch will probably be the next one written, when the write under way has ended: the pump may make ready what it is going to send, so
   * that the target need not wait for it. No I/O; what takes more than a few milliseconds goes on in parts (setImmediate), or it holds up that very write. A batch that is
   * prepared may never be written, and most are never prepared.
   */
  prepare?(batch: readonly AnalyticsRecord[]): void
  /** Can the target be reached, and may it be written to? Throws when not. */
  check?(signal: AbortSignal): Promise<void>
  /**
   * The daemon got SIGHUP: somebody may have moved what is open here (logrotate). Let go of it and begin anew at the place that was configured; what
   * is still where it was may stay open. A throw is logged, and that is all. For whoever holds nothing that can be moved: leave it out.
   */
  reopen?(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}
