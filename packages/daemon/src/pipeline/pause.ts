/** setTimeout fires at once above this. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Resolves after `ms` milliseconds, or at once when `signal` aborts. Never rejects. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise(resolve => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, Math.min(Math.max(ms, 0), MAX_TIMER_MS))
    signal.addEventListener('abort', done)
  })
}

/** Waits for `work`, but no longer than `ms` milliseconds. True when it ended (either way) in time. Never rejects; a later rejection is swallowed. */
export function within(work: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve(false), Math.min(Math.max(ms, 0), MAX_TIMER_MS))
    const done = (): void => {
      clearTimeout(timer)
      resolve(true)
    }
    work.then(done, done)
  })
}
