/** What a handler of a request threw, until it is named in the record. */

import { errorMessage } from '@pumphouse/options'
import type { RequestRecord } from '../requests/request-record.ts'
import { errorNameOf } from './error-name.ts'

/** Where it waits, on Node's request. */
const thrown = Symbol('pumphouse.thrown')

interface Failed {
  [thrown]?: { readonly error: unknown }
}

/** Notes that a handler of the request failed; the last one counts. Never throws. */
export function noteError(raw: object, error: unknown): void {
  ;(raw as Failed)[thrown] = { error }
}

/** Puts the name of what was noted for the request into the record, and what it says if `messages` are wanted. Never throws. */
export function nameNotedError(record: RequestRecord, raw: object, messages: boolean): void {
  const failure = (raw as Failed)[thrown]
  if (failure !== undefined) nameError(record, failure.error, messages)
}

/** The same with an error that is at hand. Never throws. */
export function nameError(record: RequestRecord, error: unknown, messages: boolean): void {
  record.errorName = errorNameOf(error)
  if (messages) record.errorMessage = errorMessage(error)
}
