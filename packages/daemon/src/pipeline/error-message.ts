import { maskPasswords } from '@pumphouse/options'

/** Longer messages (a driver that quotes the whole batch) say nothing more to a reader of logs. */
const MAX_LENGTH = 500

/** What an error says, for logs and health: one short text without the passwords of URLs in it. Takes whatever was thrown, and never throws itself. */
export function errorMessage(error: unknown): string {
  let text: string
  try {
    text = error instanceof Error ? error.message || error.name : String(error)
  } catch {
    text = 'an error that cannot be shown'
  }
  return maskPasswords(text).slice(0, MAX_LENGTH)
}
