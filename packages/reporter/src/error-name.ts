import { errorMessage } from './error-message.ts'
import type { RequestRecord } from './request-record.ts'
import type { RequestWatch } from './request-watch.ts'

/** What a thrown value is called: an error's name, or its type when it is none. Never throws. */
export function errorNameOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.name) : typeof error
  } catch {
    return 'unknown'
  }
}

/** Puts the name of what was thrown into the record, and what it says if the options ask for that. Never throws. */
export function nameError(record: RequestRecord, error: unknown, { errorMessages }: RequestWatch): void {
  record.errorName = errorNameOf(error)
  if (errorMessages) record.errorMessage = errorMessage(error)
}
