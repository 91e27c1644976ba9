/** What an error says, whatever was thrown: also a value that cannot be printed. Never throws. */
export function errorMessage(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error)
  } catch {
    return 'it threw what cannot be printed'
  }
}
