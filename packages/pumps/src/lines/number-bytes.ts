/**
 * Numbers as text, digit by digit into bytes: what records hold most (counts, times, durations in microseconds) without making a string.
 * The text is exactly what String() gives.
 */
import { type LineBuffer, makeRoom, writeAscii } from './line-buffer.ts'

const ZERO = 0x30
const MINUS = 0x2d
const POINT = 0x2e
/** The longest that String() makes of a number is -1.2345678901234567e-123. */
const MAX_NUMBER_BYTES = 25
/** A digit is taken off with integer arithmetic below this; small integers of the engine go to 2^30 at least. */
const SMALL_LIMIT = 1e9
const SMALL_DIGITS = 6
const SMALL_STEP = 1e6

/** Writes a finite number as String() shows it. */
export function writeNumber(out: LineBuffer, value: number): void {
  makeRoom(out, MAX_NUMBER_BYTES)
  const { bytes } = out
  if (value < 0 && value >= -Number.MAX_SAFE_INTEGER && Number.isInteger(value)) {
    bytes[out.at] = MINUS
    out.at = writeInteger(bytes, out.at + 1, -value)
  } else if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) writeAscii(out, String(value))
  else if (Math.floor(value) === value) out.at = writeInteger(bytes, out.at, value)
  else if (!writeDecimal(out, value)) writeAscii(out, String(value))
}

/**
 * A number of no more than 6 decimals and 15 digits in all. No two decimals of up to 15 digits share a double, so the shortest text
 * that means this double, which is what String() gives, is this decimal without its last zeros. False when it is none.
 */
function writeDecimal(out: LineBuffer, value: number): boolean {
  if (value >= SMALL_LIMIT) return false
  const scaled = Math.round(value * SMALL_STEP)
  if (scaled / SMALL_STEP !== value || scaled === 0) return false
  const whole = Math.floor(value)
  const { bytes } = out
  let at = writeInteger(bytes, out.at, whole)
  bytes[at] = POINT
  at = writeDigits(bytes, at + 1, (scaled - whole * SMALL_STEP) | 0, SMALL_DIGITS)
  while (bytes[at - 1] === ZERO) at -= 1
  out.at = at
  return true
}

/** A whole number from 0 to 2^53 - 1. Returns where it ends. */
function writeInteger(bytes: Buffer, at: number, value: number): number {
  if (value < SMALL_LIMIT) return writeDigits(bytes, at, value | 0, digitsOf(value | 0))
  const high = Math.floor(value / SMALL_STEP)
  return writeDigits(bytes, writeInteger(bytes, at, high), (value - high * SMALL_STEP) | 0, SMALL_DIGITS)
}

function writeDigits(bytes: Buffer, at: number, value: number, digits: number): number {
  let left = value
  for (let place = at + digits - 1; place >= at; place--) {
    const rest = (left / 10) | 0
    bytes[place] = ZERO + left - rest * 10
    left = rest
  }
  return at + digits
}

function digitsOf(value: number): number {
  if (value < 1e3) return value < 10 ? 1 : value < 100 ? 2 : 3
  if (value < 1e6) return value < 1e4 ? 4 : value < 1e5 ? 5 : 6
  return value < 1e7 ? 7 : value < 1e8 ? 8 : 9
}
