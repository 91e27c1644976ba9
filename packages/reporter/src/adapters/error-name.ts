/** What a thrown value is called: an error's name, or its type when it is none. Never throws. */
export function errorNameOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.name) : typeof error
  } catch {
    return 'unknown'
  }
}
