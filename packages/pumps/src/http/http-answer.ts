/**
 * What an answer means for the records that were sent.
 *
 * | the server answers | what becomes of the records |
 * | --- | --- |
 * | 2xx | delivered |
 * | 400, 422 to several records | sent again in two halves, until the one that is meant is alone |
 * | 400, 422 to one record | rejected, `refused`, with what the server said |
 * | 413 to several records | sent again in two halves |
 * | 413 to one record | rejected, `too_large` |
 * | 429, 503 and any other with Retry-After | tried again, not before that |
 * | 401, 403, 404, 405, 410, 415 and other 4xx | tried again, signed anew: the address, our credentials or a clock are wrong, not the records; health says which |
 * | 3xx | tried again: redirects are not followed, since they could lead our headers elsewhere; health says where to |
 * | 5xx | tried again |
 * | no connection, a connection that ends, silence, a lost answer | tried again, with the same idempotency key |
 */
import { RetryableError } from '../errors.ts'
import type { HttpAnswer } from './http-client.ts'

/** `split`: in halves while there are several, else rejected for this reason. */
export type Verdict =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'split'; readonly reason: string; readonly message: string }
  | { readonly kind: 'retry'; readonly error: RetryableError }

const PAYLOAD_REASONS: Readonly<Record<number, string>> = { 400: 'refused', 413: 'too_large', 422: 'refused' }

const WHAT_TO_DO: Readonly<Record<number, string>> = {
  401: 'it does not accept our credentials: look at headers and headerFiles',
  403: 'it forbids this: look at headers, headerFiles and signature',
  404: 'it knows no such path: look at the url',
  405: 'it does not take this method there: look at method and url',
  410: 'what was there is gone for good: look at the url',
  415: 'it does not take this kind of body: look at format and compression',
  429: 'it has too much to do',
  502: 'a gateway before it reaches nobody',
  503: 'it is not ready',
  504: 'a gateway before it waited too long',
}

/** A receiver that finds a signature too old, or of the future, says one of these. */
const DOUBTS_CREDENTIALS: ReadonlySet<number> = new Set([401, 403])

/** By status alone; the body is for people. */
export function readAnswer({ status, text, location, retryAfterMs, clockGap }: HttpAnswer): Verdict {
  if (status >= 200 && status < 300) return { kind: 'delivered' }
  const reason = PAYLOAD_REASONS[status]
  if (reason !== undefined) {
    return { kind: 'split', reason, message: `answers ${status}${text === '' ? '' : `: ${text}`}` }
  }
  const doubt =
    clockGap === undefined || !DOUBTS_CREDENTIALS.has(status) ? '' : `; ${clockGap}: see signature.timestamped`
  const error = new RetryableError(`http: ${answerInWords(status, location)}${doubt}`, {
    ...(retryAfterMs === undefined ? {} : { afterMs: retryAfterMs }),
  })
  return { kind: 'retry', error }
}

function answerInWords(status: number, location: string | undefined): string {
  if (status >= 300 && status < 400) {
    return `answers ${status} and redirects to ${location ?? 'another address'}; redirects are not followed: name the final address`
  }
  const what = WHAT_TO_DO[status]
  return `answers ${status}${what === undefined ? '' : `, ${what}`}`
}
