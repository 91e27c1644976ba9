/** An entry of its own: a worker thread that says what failed need not load all that reads options, which takes it many megabytes. */

import { maskPasswords } from './problems.ts'

/** Longer messages (a driver that quotes the whole batch) say nothing more to a reader of logs. */
const MAX_LENGTH = 500

/** What an error says, for logs and health: one short text without the passwords of URLs in it. Takes whatever was thrown, and never throws itself. */
export function errorMessage(error: unknown): string {
  try {
    return maskPasswords(textOf(error)).slice(0, MAX_LENGTH)
  } catch {
    return 'an error that cannot be shown'
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // A name with several addresses fails with all their errors inside and an empty message.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(textOf).join('; ')
  return error.message || error.name
}
