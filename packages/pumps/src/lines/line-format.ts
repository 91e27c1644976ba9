import type { LineShape } from '../file/torn-line.ts'
import { createJsonLines } from './json-lines.ts'
import type { ToLines } from './lines-ahead.ts'

/** How records stand in a file: what makes their lines, and how its lines look. */
export interface LineFormat {
  readonly shape: LineShape
  readonly toLines: ToLines
}

const OPEN = 0x7b
const NUL = 0

/** A line of JSON for each record. */
export function jsonLineFormat(): LineFormat {
  return { shape: { lineEnd: '\n', isTorn: isTornJson }, toLines: createJsonLines() }
}

/** The beginning of an object, or blocks that were never filled. */
function isTornJson(tail: Buffer): boolean {
  if (tail[0] === NUL) return true
  if (tail[0] !== OPEN) return false
  try {
    JSON.parse(tail.toString())
    return false
  } catch {
    return true
  }
}
