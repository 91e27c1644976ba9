import { PumphouseError } from '@pumphouse/record'

/**
 * Runs one call of a pump under a time limit. Exactly one of three things ends it, and whatever the call does later changes nothing any
 * more: a late result cannot ack, a late rejection is swallowed.
 *
 *   running ── the call settles ──▶ its result or its error
 *           ── timeoutMs ─────────▶ signal aborted; PH_WRITE_TIMEOUT, even if the call never ends
 *           ── `stop` aborts ─────▶ signal aborted; the caller is told at once
 */

/** How a call ended. */
export type Attempt<T> =
  | { readonly kind: 'done'; readonly result: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'stopped' }

/** Calls `call` with a signal of its own; a throw is the same as a rejection. Never rejects. */
export function attempt<T>(
  call: (signal: AbortSignal) => T | Promise<T>,
  timeoutMs: number,
  stop: AbortSignal,
): Promise<Attempt<T>> {
  if (stop.aborted) return Promise.resolve({ kind: 'stopped' })
  return new Promise(resolve => {
    const controller = new AbortController()
    const end = (how: Attempt<T>): void => {
      clearTimeout(timer)
      stop.removeEventListener('abort', onStop)
      resolve(how)
    }
    const onStop = (): void => {
      end({ kind: 'stopped' })
      controller.abort(stop.reason)
    }
    const timer = setTimeout(() => {
      const error = new PumphouseError('PH_WRITE_TIMEOUT', `no answer within ${timeoutMs} ms`)
      end({ kind: 'failed', error })
      controller.abort(error)
    }, timeoutMs)
    stop.addEventListener('abort', onStop)
    // The first call of resolve wins, so what comes after the time limit goes nowhere.
    const settled = new Promise<T>(settle => settle(call(controller.signal)))
    settled.then(
      result => end({ kind: 'done', result }),
      (error: unknown) => end({ kind: 'failed', error }),
    )
  })
}
