import { errorMessage } from '@pumphouse/options'
import { RejectedError, type Rejection } from '@pumphouse/pumps'
import { PumphouseError } from '@pumphouse/record'

/**
 * What became of one attempt to write some records.
 * delivered: all of them. partial: those in neither list are delivered. retryable: none, as far as anyone knows. rejected: none, ever.
 * abandoned: the pipeline stopped before the pump answered.
 */
export type WriteOutcome =
  | { readonly kind: 'delivered' }
  | {
      readonly kind: 'partial'
      readonly rejected: readonly Rejection[]
      /** Positions to send again; ascending. */
      readonly retry: readonly number[]
      readonly error: unknown
      readonly afterMs: number | undefined
    }
  | { readonly kind: 'retryable'; readonly error: unknown; readonly afterMs: number | undefined }
  | { readonly kind: 'rejected'; readonly reason: string; readonly message: string }
  | { readonly kind: 'abandoned' }

/** A reason is a label to count by, so it must not grow with its contents. */
const MAX_REASON_LENGTH = 64

const delivered: WriteOutcome = { kind: 'delivered' }

/**
 * Reads what a pump's write of `size` records resolved with. What makes no sense (positions that do not exist, stand twice or in both
 * lists; lists that are none) is a failed write: the records are sent again rather than taken for delivered. Never throws.
 */
export function outcomeOfResult(result: unknown, size: number): WriteOutcome {
  if (result === undefined) return delivered
  try {
    return readResult(result, size)
  } catch (error) {
    return { kind: 'retryable', error, afterMs: undefined }
  }
}

/** Reads what a pump's write threw. Never throws. */
export function outcomeOfError(error: unknown): WriteOutcome {
  try {
    // By name too: a pump from another package may have its own copy of the class.
    if (error instanceof RejectedError || (error instanceof Error && error.name === 'RejectedError')) {
      return { kind: 'rejected', reason: reasonOf(error), message: errorMessage(error) }
    }
    return { kind: 'retryable', error, afterMs: isObject(error) ? waitOf(error['afterMs']) : undefined }
  } catch (cause) {
    return { kind: 'retryable', error: cause, afterMs: undefined }
  }
}

function readResult(result: unknown, size: number): WriteOutcome {
  if (!isObject(result)) throw nonsense(`a ${typeof result}`)
  const rejected = result['rejected'] === undefined ? [] : listOf(result['rejected'], 'rejected')
  const retry = result['retry'] === undefined ? undefined : result['retry']
  if (retry !== undefined && !isObject(retry)) throw nonsense('a retry that is no object')
  const indexes = retry ? listOf(retry['indexes'], 'retry.indexes') : []
  if (rejected.length === 0 && indexes.length === 0) return delivered

  const seen = new Set<unknown>()
  const claim = (index: unknown): number => {
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= size) {
      throw nonsense(`the position ${errorMessage(index)} in a batch of ${size}`)
    }
    if (seen.has(index)) throw nonsense(`the position ${index} twice`)
    seen.add(index)
    return index
  }
  return {
    kind: 'partial',
    rejected: rejected.map(entry => {
      if (!isObject(entry)) throw nonsense('a rejection that is no object')
      return { index: claim(entry['index']), reason: reasonOf(entry), message: errorMessage(entry['message'] ?? '') }
    }),
    retry: indexes.map(claim).sort((a, b) => a - b),
    error: retry?.['error'],
    afterMs: waitOf(retry?.['afterMs']),
  }
}

function reasonOf(from: object): string {
  const reason: unknown = Reflect.get(from, 'reason')
  return typeof reason === 'string' && reason !== '' ? reason.slice(0, MAX_REASON_LENGTH) : 'unspecified'
}

function waitOf(afterMs: unknown): number | undefined {
  return typeof afterMs === 'number' && afterMs >= 0 ? afterMs : undefined
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw nonsense(`${name} that is no list`)
  return value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function nonsense(what: string): PumphouseError {
  return new PumphouseError('PH_WRITE_RESULT', `the pump answered a write with ${what}`)
}
