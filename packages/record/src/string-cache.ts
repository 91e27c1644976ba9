/**
 * Strings out of UTF-8 bytes. Analytics repeat themselves (methods, hosts, routes, agents), so short ASCII strings are looked up in a small
 * direct-mapped cache by a few of their bytes, compared, and shared: about as fast as decoding them again and without the memory.
 * A miss replaces what stood in its slot. Nothing depends on a hit, so crowding one slot costs time only.
 */

/** Slots, a power of two: some hundred values repeat in a frame, and 2048 × 64 bytes stay in the processor's cache. */
const SLOTS = 2048

/** Longer strings are decoded each time: comparing them would cost what decoding them costs. */
const MAX_CACHED_BYTES = 64

/** Up to here appending single characters beats a call into the engine. */
const MAX_APPENDED_BYTES = 8

const slots: string[] = new Array<string>(SLOTS).fill('')

/** The string in bytes[start, end). Damaged UTF-8 becomes U+FFFD; never throws. */
export function readString(bytes: Buffer, start: number, end: number): string {
  const length = end - start
  if (length === 0) return ''
  if (length > MAX_CACHED_BYTES) return bytes.toString('utf8', start, end)
  const slot = slotOf(bytes, start, end)
  const cached = slots[slot] as string
  if (cached.length === length && isText(bytes, start, cached)) return cached
  const text = decodeShort(bytes, start, end)
  slots[slot] = text
  return text
}

function slotOf(bytes: Buffer, start: number, end: number): number {
  const length = end - start
  const sample =
    length * 31 +
    (bytes[start] as number) * 7 +
    (bytes[end - 1] as number) * 131 +
    (bytes[start + (length >> 1)] as number) * 17 +
    (bytes[length > 1 ? end - 2 : start] as number) * 61
  return sample & (SLOTS - 1)
}

/** Only equal for ASCII: any other text has fewer characters than bytes or characters above 127. */
function isText(bytes: Buffer, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f || unit !== bytes[start + i]) return false
  }
  return true
}

function decodeShort(bytes: Buffer, start: number, end: number): string {
  const append = end - start <= MAX_APPENDED_BYTES
  let text = ''
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number
    if (byte > 0x7f) return bytes.toString('utf8', start, end)
    if (append) text += String.fromCharCode(byte)
  }
  return append ? text : bytes.toString('latin1', start, end)
}
