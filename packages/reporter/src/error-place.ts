import { errorNameOf } from './adapters/error-name.ts'

/**
 * What was thrown and where, without what it says: that of an application's function may tell of the request it was asked about. Never throws.
 */
export function errorPlace(error: unknown): string {
  const name = errorNameOf(error)
  try {
    if (!(error instanceof Error)) return name
    const told = String(error.stack).slice(String(error.message).length)
    const place = /\n\s+(at [^\n]{1,300})/.exec(told)?.[1]
    return place === undefined ? name : `${name} ${place}`
  } catch {
    return name
  }
}
