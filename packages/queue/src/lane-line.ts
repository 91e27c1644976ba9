/** The line that lua/lane-account.ts keeps of a lane, read: what the numbers are is said there. */
export interface LaneLine {
  readonly last: number
  readonly frames: number
  readonly records: number
  readonly missing: number
  readonly seenMs: number
  readonly created: number
  readonly description: string
}

const LINE = /^(\d+(?: \d+){6})\n(.*)$/s

/** Undefined when something else wrote it. */
export function laneLine(text: string): LaneLine | undefined {
  const [, numbers, description = ''] = LINE.exec(text) ?? []
  if (numbers === undefined) return undefined
  const [last = 0, frames = 0, records = 0, missing = 0, , seenMs = 0, created = 0] = numbers.split(' ').map(Number)
  return { last, frames, records, missing, seenMs, created, description }
}
