/** Who we are to a node. */
import type { SearchOptions } from './options.ts'

/** The value of the header `authorization`, if any. */
export function authorizationOf({ username, password, apiKey, bearer }: SearchOptions): string | undefined {
  if (username !== undefined) return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  if (apiKey !== undefined) return `ApiKey ${apiKey}`
  return bearer === undefined ? undefined : `Bearer ${bearer}`
}
