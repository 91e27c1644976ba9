/**
 * Record ids in ObjectId form: 4 bytes seconds since the epoch, 5 bytes random per source, 3 bytes counter, all big-endian.
 * A frame carries the first id of its records only; the others follow by counting, so an id costs nothing at record().
 *
 * The pair (seconds, counter) of one source only ever grows. The counter starts at a random place and goes on over the
 * seconds; when the ids left in it are fewer than a frame needs, the seconds part moves one ahead of the clock and the
 * counter starts at 0. A clock that goes back is not followed. So ids of one source are unique and sort in the order in
 * which they were given out, and no frame ever wraps the counter. Two sources differ in 40 random bits.
 */
import { randomBytes, randomInt } from 'node:crypto'

/** Bytes of an id. */
export const RECORD_ID_BYTES = 12

/** Ids one counter can number: 3 bytes. A frame never holds more records than this. */
export const MAX_COUNTER = 2 ** 24

const ZERO = '0'.charCodeAt(0)
const LETTER_A = 'a'.charCodeAt(0)

const RANDOM_AT = 4
const COUNTER_AT = 9

/** Makes base ids: 12 bytes in ObjectId form. */
export interface RecordIdSource {
  /**
   * Reserves `count` consecutive ids and returns the first; record i of a frame has first + i.
   * Throws RangeError unless count is an integer from 0 to 16,777,216.
   */
  allocate(count: number): Uint8Array
}

/**
 * A source of ids that no other source gives out (40 random bits each). Make one per reporter.
 * `now` is the clock, in milliseconds since the epoch (default Date.now).
 */
export function createRecordIdSource(now: () => number = Date.now): RecordIdSource {
  const random = randomBytes(COUNTER_AT - RANDOM_AT)
  let counter = randomInt(MAX_COUNTER)
  let seconds = 0

  return {
    allocate(count) {
      if (!Number.isInteger(count) || count < 0 || count > MAX_COUNTER) {
        throw new RangeError(`count must be an integer from 0 to ${MAX_COUNTER}, not ${count}`)
      }
      seconds = Math.max(seconds, Math.floor(now() / 1000))
      if (counter + Math.max(count, 1) > MAX_COUNTER) {
        seconds += 1
        counter = 0
      }
      const id = new Uint8Array(RECORD_ID_BYTES)
      new DataView(id.buffer).setUint32(0, seconds)
      id.set(random, RANDOM_AT)
      id[COUNTER_AT] = counter >>> 16
      id[COUNTER_AT + 1] = counter >>> 8
      id[COUNTER_AT + 2] = counter
      counter += count
      return id
    },
  }
}

/** The counter of an id: where in its second it stands. */
export function counterOf(id: Uint8Array): number {
  return ((id[COUNTER_AT] ?? 0) << 16) | ((id[COUNTER_AT + 1] ?? 0) << 8) | (id[COUNTER_AT + 2] ?? 0)
}

/**
 * Prints the ids that follow a base: index → 24 hex digits. The caller keeps base + index inside the 3-byte counter.
 * One flat string an id, not two joined ones: whoever stores or sends it would have to flatten it anyway.
 */
export function createIdPrinter(base: Uint8Array): (index: number) => string {
  const digits = Buffer.from(Buffer.from(base).toString('hex'), 'latin1')
  const first = counterOf(base)
  return index => {
    const counter = first + index
    for (let at = digits.length - 1, rest = counter; at >= 2 * COUNTER_AT; at--, rest >>>= 4) {
      digits[at] = hexDigit(rest & 15)
    }
    return digits.toString('latin1')
  }
}

/** base + index as 24 hex digits. Throws RangeError when base is not 12 bytes or the sum leaves the 3-byte counter. */
export function recordIdAt(base: Uint8Array, index: number): string {
  const counter = counterOf(base) + index
  if (base.length !== RECORD_ID_BYTES || !Number.isInteger(counter) || counter < 0 || counter >= MAX_COUNTER) {
    throw new RangeError(`no record ${index} after a base id of ${base.length} bytes`)
  }
  return createIdPrinter(base)(index)
}

function hexDigit(value: number): number {
  return value < 10 ? ZERO + value : LETTER_A + value - 10
}
