/** Longer messages (a driver that quotes the whole batch) say nothing more to a reader of logs. */
const MAX_LENGTH = 500
const CREDENTIALS_IN_URL = /\/\/[^\s/@]*@/g

/** What an error says, for logs and health: one short text without the credentials of URLs in it. Takes whatever was thrown, and never throws itself. */
export function errorMessage(error: unknown): string {
  let text: string
  try {
    text = error instanceof Error ? error.message || error.name : String(error)
  } catch {
    text = 'an error that cannot be shown'
  }
  return text.replace(CREDENTIALS_IN_URL, '//***@').slice(0, MAX_LENGTH)
}
