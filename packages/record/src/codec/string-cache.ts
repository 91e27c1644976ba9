/**
 * Strings out of UTF-8 bytes. Analytics repeat themselves (methods, hosts, routes, names), so short strings are looked up in a small
 * direct-mapped cache by a few of their bytes, compared, and shared: faster than decoding them again, and without the memory.
 * A miss replaces what stood in its slot. Nothing depends on a hit, so crowding one slot costs time only.
 *
 * A call into the engine's decoder takes some 65 ns whatever the length; comparing takes 1 ns a byte, building from characters 3.
 */

/** Slots, a power of two: some hundred values repeat in a frame, and the table stays in the processor's cache. */
const SLOTS = 2048

/** Longer strings are decoded each time: comparing would save little, and they are the ones that differ (measured: 16 and 24 equal, 48 a tenth slower). */
const MAX_CACHED_BYTES = 24

/** Up to here building from characters beats a call into the decoder. */
const MAX_BUILT_BYTES = 12

const slots: string[] = new Array<string>(SLOTS).fill('')

/** Where the characters of a short string are gathered; one array for each length, because as arguments all of it count. */
const characters: readonly number[][] = Array.from({ length: MAX_BUILT_BYTES + 1 }, (_, length) =>
  new Array<number>(length).fill(0),
)

/** The string in bytes[start, end). Damaged UTF-8 becomes U+FFFD; never throws. */
export function readString(bytes: Buffer, start: number, end: number): string {
  const length = end - start
  if (length === 0) return ''
  if (length > MAX_CACHED_BYTES) return bytes.toString('utf8', start, end)
  const slot = slotOf(bytes, start, end)
  const cached = slots[slot] as string
  if (cached.length === length && isText(bytes, start, cached)) return cached
  const text = length > MAX_BUILT_BYTES ? bytes.toString('utf8', start, end) : build(bytes, start, end)
  if (text.length === length) slots[slot] = text
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

/**
 * Whether the text is what these bytes decode to, for a text kept above: as many characters as it had bytes, so all of them are ASCII or
 * U+FFFD, which no byte equals.
 */
function isText(bytes: Buffer, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== bytes[start + i]) return false
  }
  return true
}

function build(bytes: Buffer, start: number, end: number): string {
  const units = characters[end - start] as number[]
  for (let i = 0; i < units.length; i++) {
    const byte = bytes[start + i] as number
    if (byte > 0x7f) return bytes.toString('utf8', start, end)
    units[i] = byte
  }
  return String.fromCharCode.apply(undefined, units)
}
