/**
 * Texts out of rows of which the writer says that their short forms are ASCII (frame.ts, flag bit 1). A call into the engine's decoder takes
 * some 70 ns whatever the length, a substring of a string 12. So a stretch of the bytes is made a string in one call, and the texts are cut out of it.
 * The stretch is short, because the engine keeps all of it for as long as one text of 13 characters or more is alive. If the writer lied, its own
 * texts have other characters, and nothing else happens.
 */
import { type MsgpackSource, malformed, readValue } from './msgpack-reader.ts'

/** Some seven rows. One record that is kept of many, as a filter may do, then keeps 2 KiB. */
const STRETCH_BYTES = 2048

/** The next value of a row. Throws as readValue does. */
export function readCell(source: MsgpackSource): unknown {
  const { bytes, position } = source
  const head = bytes[position] as number
  if (head >= 0xa0 && head < 0xc0) return readAscii(source, position + 1, head & 31)
  if (head === 0xd9) return readAscii(source, position + 2, bytes[position + 1] as number)
  if (head === 0xda)
    return readAscii(source, position + 3, ((bytes[position + 1] as number) << 8) | (bytes[position + 2] as number))
  return readValue(source)
}

/** `length` is no number when the bytes end before it; no comparison holds then. */
function readAscii(source: MsgpackSource, start: number, length: number): string {
  const end = start + length
  if (!(end <= source.bytes.length)) throw malformed('a text is cut short', source)
  source.position = end
  if (start < source.stretchStart || end > source.stretchEnd) {
    if (length > STRETCH_BYTES) return source.bytes.toString('latin1', start, end)
    source.stretchStart = start
    source.stretchEnd = Math.min(start + STRETCH_BYTES, source.bytes.length)
    source.stretch = source.bytes.toString('latin1', start, source.stretchEnd)
  }
  return source.stretch.substring(start - source.stretchStart, end - source.stretchStart)
}
