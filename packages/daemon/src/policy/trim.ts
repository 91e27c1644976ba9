/** Cuts what is long: texts and bytes, wherever in the record they stand. */

import type { AnalyticsRecord } from '@pumphouse/record'
import type { Trimming } from '../config/policies.ts'
import { isMapping, setField } from './field.ts'

/** Ends a text that was cut, so that nobody takes it for a whole one. */
const MARK = '…'
const MARK_BYTES = Buffer.byteLength(MARK)
/** A character of UTF-16 takes three bytes of UTF-8 at most: shorter texts need no counting. */
const MAX_BYTES_PER_CHARACTER = 3
/** The bits that tell a byte inside a character of UTF-8 from its first one. */
const CONTINUATION_MASK = 0xc0
const CONTINUATION = 0x80

/**
 * Makes the function that cuts every text of a record that is longer than `maxBytes` of UTF-8, between two characters and with a mark
 * that counts, and every value of bytes. With `fields` only in these. A record with nothing too long is returned as it is, else a copy.
 */
export function trim({ maxBytes, fields }: Trimming): (record: AnalyticsRecord) => AnalyticsRecord {
  const chosen = fields.length > 0 ? new Set(fields) : undefined

  function shorten(value: unknown): unknown {
    if (typeof value === 'string') return shortenText(value, maxBytes)
    if (ArrayBuffer.isView(value)) return shortenBytes(value, maxBytes)
    if (Array.isArray(value)) return shortenList(value)
    return isMapping(value) ? shortenMapping(value, shorten) : value
  }

  function shortenList(list: readonly unknown[]): readonly unknown[] {
    const short = list.map(shorten)
    return short.some((value, i) => value !== list[i]) ? short : list
  }

  return record =>
    shortenMapping(record, (value, name) =>
      name === 'id' || (chosen !== undefined && !chosen.has(name)) ? value : shorten(value),
    )
}

function shortenMapping<T extends Readonly<Record<string, unknown>>>(
  mapping: T,
  shorten: (value: unknown, name: string) => unknown,
): T {
  let copy: Record<string, unknown> | undefined
  for (const name of Object.keys(mapping)) {
    const short = shorten(mapping[name], name)
    if (short === mapping[name]) continue
    copy ??= { ...mapping }
    setField(copy, name, short)
  }
  return copy === undefined ? mapping : (copy as T)
}

function shortenText(text: string, maxBytes: number): string {
  if (text.length * MAX_BYTES_PER_CHARACTER <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text
  const bytes = Buffer.from(text.slice(0, maxBytes))
  let end = maxBytes - MARK_BYTES
  while (end > 0 && ((bytes[end] as number) & CONTINUATION_MASK) === CONTINUATION) end -= 1
  return bytes.toString('utf8', 0, end) + MARK
}

function shortenBytes(value: ArrayBufferView, maxBytes: number): ArrayBufferView {
  return value.byteLength > maxBytes ? new Uint8Array(value.buffer, value.byteOffset, maxBytes) : value
}
