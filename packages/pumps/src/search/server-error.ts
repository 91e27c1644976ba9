/** What the servers say about an error: `{ "type": …, "reason": …, "caused_by": … }`. */

export interface ServerError {
  readonly type?: string
  readonly reason?: string
  readonly caused_by?: ServerError
}

/** It goes to a log line and a dead letter; some reasons quote whole mappings. */
const MAX_MESSAGE_LENGTH = 500
const STABLE_WORD = /^[a-z][a-z0-9_]*$/

/** The error in the body of an answer. */
export function serverErrorOf(body: unknown): ServerError | undefined {
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined
  if (typeof body.error === 'string') return { reason: body.error }
  return typeof body.error === 'object' && body.error !== null ? body.error : undefined
}

/** A word to count by: the type without its ending, `document_parsing`. */
export function errorReason(error: ServerError | undefined): string {
  const word = String(error?.type ?? '').replace(/_exception$/, '')
  return STABLE_WORD.test(word) ? word : 'refused'
}

/** What a person reads: the type, and the reasons down to the first cause. */
export function errorMessage(error: ServerError | undefined): string {
  const reasons: string[] = []
  for (let at = error; at !== undefined && at !== null; at = at.caused_by) {
    if (typeof at.reason === 'string' && !reasons.includes(at.reason)) reasons.push(at.reason)
  }
  return `${error?.type ?? 'error'}: ${reasons.join('; ') || 'no reason given'}`.slice(0, MAX_MESSAGE_LENGTH)
}
