/**
 * The names of fields as they stand in a line, kept ready as bytes. Records of one shape have the same names in the same order, so each
 * name remembers which one followed it last: finding the next one is a comparison of two pointers.
 *
 * The bytes are kept and copied as 64-bit floats, eight at a time. A float that is no number could change on the way, but none can arise:
 * its two highest bytes would be 0x7F or 0xFF and one from 0xF0 on, and valid UTF-8 has no such pair.
 */
import { type LineBuffer, makeRoom } from './line-buffer.ts'

/** A name, ready to be copied. */
export interface FieldName {
  readonly key: string
  readonly length: number
  readonly words: Float64Array
  /** The one that came after it last. */
  next: FieldName | undefined
}

/** The names of one format. */
export interface FieldNames {
  /** To begin a record with. */
  readonly start: FieldName
  /** The name of `key`, which follows `previous` in a record. */
  after(previous: FieldName, key: string): FieldName
}

/** Names are the applications' own, but nobody keeps them from making up new ones: then the memory is begun anew. */
const MAX_NAMES = 1024
const WORD_BYTES = 8

/** `render` is the whole text before the value. */
export function createFieldNames(render: (key: string) => string): FieldNames {
  const known = new Map<string, FieldName>()

  function find(key: string): FieldName {
    const found = known.get(key)
    if (found !== undefined) return found
    if (known.size >= MAX_NAMES) known.clear()
    const made = fieldName(key, render(key))
    known.set(key, made)
    return made
  }

  return {
    start: fieldName('', ''),
    after(previous, key) {
      const { next } = previous
      if (next !== undefined && next.key === key) return next
      const found = find(key)
      previous.next = found
      return found
    },
  }
}

/** Writes a name. */
export function writeName(out: LineBuffer, name: FieldName): void {
  makeRoom(out, name.length)
  copyName(out, name)
}

/** Writes a name for which there is room. */
export function copyName(out: LineBuffer, { words, length }: FieldName): void {
  const { view, at } = out
  for (let i = 0; i < words.length; i++) view.setFloat64(at + i * WORD_BYTES, words[i] as number, true)
  out.at = at + length
}

function fieldName(key: string, text: string): FieldName {
  const length = Buffer.byteLength(text)
  const words = new Float64Array(Math.ceil(length / WORD_BYTES))
  const bytes = Buffer.alloc(words.byteLength)
  bytes.write(text)
  for (let i = 0; i < words.length; i++) words[i] = bytes.readDoubleLE(i * WORD_BYTES)
  return { key, length, words, next: undefined }
}
