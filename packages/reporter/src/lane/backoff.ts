const FIRST_MS = 50
const LONGEST_MS = 5_000
/** Beyond this the power of two would leave the range of numbers long after the cap. */
const LAST_DOUBLING = 16

/** How long to rest after so many failures in a row (1, 2, …): 50 ms doubling up to 5 s, the upper half of it at random. */
export function backoffMs(failures: number): number {
  const fullMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, LAST_DOUBLING))
  return fullMs * (0.5 + Math.random() / 2)
}
