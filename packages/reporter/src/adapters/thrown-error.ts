/** What a handler of a request threw, until it is named in the record. */

import { errorMessage } from '@pumphouse/options'
import type { RequestRecord } from '../requests/request-record.ts'
import { seenBefore } from '../requests/seen-request.ts'
import { errorNameOf } from './error-name.ts'

/** Notes that a handler of a request failed which an adapter has seen; the last one counts. `raw` is Node's request. Never throws. */
export function noteError(raw: object, error: unknown): void {
  const seen = seenBefore(raw)
  if (seen !== undefined) seen.thrown = { error }
}

/** Puts the name of an error into the record, and what it says if `messages` are wanted. Never throws. */
export function nameError(record: RequestRecord, error: unknown, messages: boolean): void {
  record.errorName = errorNameOf(error)
  if (messages) record.errorMessage = errorMessage(error)
}
