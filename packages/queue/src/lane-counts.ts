/** What lua/lane-account.ts keeps of a lane, read: what the counts are is said there. */
export interface LaneCounts {
  readonly last: number
  readonly frames: number
  readonly records: number
  readonly missing: number
  readonly seenMs: number
  readonly created: number
  readonly description: string
}

const COUNTS = 7
const COUNT_BYTES = 8

/** Undefined when something else wrote it. */
export function laneCounts(account: Buffer): LaneCounts | undefined {
  if (account.length < COUNTS * COUNT_BYTES) return undefined
  const counts = Array.from({ length: COUNTS }, (_, i) => account.readDoubleLE(i * COUNT_BYTES))
  if (!counts.every(count => Number.isSafeInteger(count) && count >= 0)) return undefined
  const [last = 0, frames = 0, records = 0, missing = 0, , seenMs = 0, created = 0] = counts
  const description = account.toString('utf8', COUNTS * COUNT_BYTES)
  return { last, frames, records, missing, seenMs, created, description }
}
