import { randomBytes } from 'node:crypto'

const RANDOM_BYTES = 8

let process: string | undefined
let made = 0

/** An id for the records that tell of one request: of 16 hex digits that are the process, and a number. */
export function nextRequestId(): string {
  process ??= randomBytes(RANDOM_BYTES).toString('hex')
  return `${process}-${++made}`
}
