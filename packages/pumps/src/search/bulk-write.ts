/**
 * Brings the items of a batch across, in one request or, when the server finds that too large or cannot say which record it minds, in
 * halves, and halves of those. A body that was too large once is not sent again: later batches are cut before.
 */
import { RetryableError } from '../errors.ts'
import type { Rejection, WriteResult } from '../pump.ts'
import { fateOf, readItems, TOO_LARGE } from './bulk-answer.ts'
import { type BulkItem, type BulkPlan, bodyOf } from './bulk-items.ts'
import type { SearchAnswer, SearchNodes } from './nodes.ts'
import { answerInWords } from './server-answer.ts'
import { errorMessage, errorReason, serverErrorOf } from './server-error.ts'

/** What became of some of the batch. */
interface Outcome {
  readonly rejected: readonly Rejection[]
  readonly retry: readonly number[]
  readonly error?: Error
  readonly afterMs?: number | undefined
  /** The target is away or at its limit: what follows is not even tried. */
  readonly stop?: boolean
}

/** Writes what was planned. `path`: of the bulk interface, with its query. Throws when nothing is known to be delivered or refused. */
export type BulkWriter = (plan: BulkPlan, signal: AbortSignal) => Promise<WriteResult>

export function createBulkWriter(nodes: SearchNodes, path: string): BulkWriter {
  let maxBodyBytes = Number.POSITIVE_INFINITY

  async function deliver(items: readonly BulkItem[], body: Buffer, signal: AbortSignal): Promise<Outcome> {
    if (body.length > maxBodyBytes && items.length > 1) return deliverHalves(items, signal)
    let answer: SearchAnswer
    try {
      answer = await nodes.request({ method: 'POST', path, body, ndjson: true, signal })
    } catch (error) {
      if (signal.aborted) throw signal.reason
      return { rejected: [], retry: positionsOf(items), error: asError(error), stop: true }
    }
    const serverError = serverErrorOf(answer.json)
    const fate = fateOf(answer.status, serverError)
    if (fate === 'items') {
      const outcome = readItems(answer.json, items)
      if (!outcome) return again(items, answer, 'answers with what is no bulk answer')
      if (outcome.retry.length === 0) return outcome
      const error = new RetryableError(`${answer.node} refuses some records for now: ${outcome.message}`)
      return { ...outcome, error, afterMs: answer.retryAfterMs }
    }
    if (fate === 'again') return again(items, answer, answerInWords(answer))
    if (answer.status === TOO_LARGE) maxBodyBytes = Math.min(maxBodyBytes, Math.ceil(body.length / 2))
    if (items.length > 1) return deliverHalves(items, signal)
    return { rejected: positionsOf(items).map(index => refusal(index, answer, body.length)), retry: [] }
  }

  async function deliverHalves(items: readonly BulkItem[], signal: AbortSignal): Promise<Outcome> {
    const middle = Math.ceil(items.length / 2)
    const [begin, rest] = [items.slice(0, middle), items.slice(middle)]
    const first = await deliver(begin, bodyOf(begin), signal)
    if (first.stop) return { ...first, retry: [...first.retry, ...positionsOf(rest)] }
    const second = await deliver(rest, bodyOf(rest), signal)
    const [failed] = [first, second].filter(({ error }) => error)
    return {
      ...failed,
      rejected: [...first.rejected, ...second.rejected],
      retry: [...first.retry, ...second.retry],
      stop: second.stop === true,
    }
  }

  return async ({ items, rejected, body }, signal) => {
    if (items.length === 0) return { rejected }
    const outcome = await deliver(items, body, signal)
    const { retry, error } = outcome
    const all = [...rejected, ...outcome.rejected]
    if (retry.length === 0 || error === undefined) return { rejected: all }
    const after = outcome.afterMs === undefined ? {} : { afterMs: outcome.afterMs }
    if (all.length === 0 && retry.length === items.length) {
      throw new RetryableError(error.message, { cause: error, ...after })
    }
    return { rejected: all, retry: { indexes: retry, error, ...after } }
  }
}

function again(items: readonly BulkItem[], { node, retryAfterMs }: SearchAnswer, what: string): Outcome {
  const error = new RetryableError(`${node} ${what}`)
  return { rejected: [], retry: positionsOf(items), error, afterMs: retryAfterMs, stop: true }
}

function refusal(index: number, answer: SearchAnswer, bytes: number): Rejection {
  if (answer.status === TOO_LARGE) {
    return { index, reason: 'too_large', message: `${bytes} bytes as a request; ${answer.node} takes no such request` }
  }
  const error = serverErrorOf(answer.json)
  return { index, reason: errorReason(error), message: errorMessage(error) }
}

function positionsOf(items: readonly BulkItem[]): readonly number[] {
  return items.map(({ position }) => position)
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new RetryableError(String(error))
}
