/** Names of errors that wait for the record of their request, by Node's request. */
const names = new WeakMap<object, string>()

/** Notes that a handler of the request failed. Never throws. */
export function noteError(raw: object, error: unknown): void {
  names.set(raw, errorNameOf(error))
}

/** The name of the last error that was noted for the request. */
export function notedErrorName(raw: object): string | undefined {
  return names.get(raw)
}

/** What a thrown value is called: an error's name, or its type when it is none. Never throws. */
export function errorNameOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.name) : typeof error
  } catch {
    return 'unknown'
  }
}
