/** Short enough that a test loses no time, long enough that a poll over the network is no load. */
const POLL_MS = 10
/** Nothing is lost by it but the time of a test that fails; a machine that does much else takes its time. */
const DEFAULT_TIMEOUT_MS = 45_000

/**
 * Waits until `condition` returns something truthy and returns that; throws, saying `what`, after timeoutMs (default
 * 45000). A condition that throws or rejects counts as not yet true; what it threw last is the cause of the timeout.
 * A condition that never settles is given up at the timeout too.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeoutMs: number = DEFAULT_TIMEOUT_MS,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs
  let lastError: unknown
  for (;;) {
    try {
      const value = await withDeadline(condition, deadline)
      if (value) return value
    } catch (error) {
      lastError = error
    }
    if (performance.now() >= deadline) {
      throw new Error(`not within ${timeoutMs} ms: ${what}`, lastError === undefined ? {} : { cause: lastError })
    }
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
}

/** Undefined when the deadline comes before the condition settles. */
async function withDeadline<T>(condition: () => T | Promise<T>, deadline: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(() => resolve(undefined), Math.max(0, deadline - performance.now()))
  })
  try {
    return await Promise.race([condition(), late])
  } finally {
    clearTimeout(timer)
  }
}
