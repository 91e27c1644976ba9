/**
 * What an answer to a bulk request means. Everything is decided by status and error type, which are stable, never by message.
 *
 * | the whole request | what becomes of its records |
 * |---|---|
 * | 200 with an item for each | as the items say |
 * | 413 | sent again in halves; a record that is too large alone is rejected, `too_large` |
 * | 400 with an error of the server | sent again in halves; a record refused alone is rejected with the type of the error |
 * | 429 | sent again, after Retry-After when it is given |
 * | 401, 403 | sent again: rights, or a block of the cluster, are no matter of the records |
 * | 3xx | sent again: a redirect is not followed, or credentials would go where nobody meant them to |
 * | any other; 200 that is no bulk answer | sent again: nobody knows, and what was stored is found by its id |
 *
 * | one item | its record |
 * |---|---|
 * | 2xx | delivered |
 * | 409 | delivered before: its id is there |
 * | 429, 5xx | sent again alone: full queue, full disk (read-only-allow-delete block), shard away |
 * | 401, 403 | sent again alone: missing right, write block |
 * | 404 `index_not_found_exception`, 400 `index_closed_exception`, 400 `validation_exception` | sent again alone: the index is not there, is closed, or the cluster has no shard left for it |
 * | any other 4xx | rejected with the type of the error: mapping conflict, strict mapping, pipeline that fails, name of an index, … |
 */
import type { Rejection } from '../pump.ts'
import type { BulkItem } from './bulk-items.ts'
import { errorMessage, errorReason, type ServerError } from './server-error.ts'

/** What became of the records of one request, by their positions in the batch. */
export interface BulkOutcome {
  readonly rejected: readonly Rejection[]
  readonly retry: readonly number[]
  /** Why; of the first. */
  readonly message?: string
}

/** The whole request: read the items, send halves, or send all again. */
export type RequestFate = 'items' | 'halves' | 'again'

interface ItemAnswer {
  readonly status: number
  readonly error?: ServerError
}

const OK = 200
const FIRST_ERROR = 300
const BAD_REQUEST = 400
const UNAUTHORIZED = 401
const FORBIDDEN = 403
const CONFLICT = 409
export const TOO_LARGE = 413
const TOO_MANY = 429
const FIRST_SERVER_ERROR = 500

/** Client errors that tell of the state of the cluster. */
const STATE_TYPES: ReadonlySet<string> = new Set([
  'index_not_found_exception',
  'index_closed_exception',
  'validation_exception',
  'cluster_block_exception',
])

/** `error`: what the server says in the body, when it does. */
export function fateOf(status: number, error: ServerError | undefined): RequestFate {
  if (status === OK) return 'items'
  if (status === TOO_LARGE || (status === BAD_REQUEST && error?.type !== undefined)) return 'halves'
  return 'again'
}

/** Undefined when the body is no answer to that many items. */
export function readItems(body: unknown, items: readonly BulkItem[]): BulkOutcome | undefined {
  const answers = itemsOf(body)
  if (answers?.length !== items.length) return undefined
  const rejected: Rejection[] = []
  const retry: number[] = []
  let message: string | undefined
  for (const [i, { position }] of items.entries()) {
    const answer = answers[i]
    if (answer === undefined) return undefined
    const { status, error } = answer
    if (status < FIRST_ERROR || status === CONFLICT) continue
    if (isState(status, error)) {
      retry.push(position)
      message ??= `${status} ${errorMessage(error)}`
    } else rejected.push({ index: position, reason: errorReason(error), message: errorMessage(error) })
  }
  return { rejected, retry, ...(message === undefined ? {} : { message }) }
}

function isState(status: number, error: ServerError | undefined): boolean {
  if (status === TOO_MANY || status === UNAUTHORIZED || status === FORBIDDEN || status >= FIRST_SERVER_ERROR)
    return true
  return STATE_TYPES.has(error?.type ?? '')
}

function itemsOf(body: unknown): readonly (ItemAnswer | undefined)[] | undefined {
  if (typeof body !== 'object' || body === null || !('items' in body) || !Array.isArray(body.items)) return undefined
  return body.items.map((item: { readonly create?: ItemAnswer } | null) =>
    typeof item?.create?.status === 'number' ? item.create : undefined,
  )
}
