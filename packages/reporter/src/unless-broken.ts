/**
 * For what Node, a framework or the application calls, or goes on with: where somebody changed what the built-in objects do, it goes on, and what was to be
 * looked at is not.
 */
export function unlessBroken(look: () => void): void {
  try {
    look()
  } catch {
    // There is nothing left to say it with.
  }
}
