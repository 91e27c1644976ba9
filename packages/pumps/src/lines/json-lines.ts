/**
 * A batch as JSON lines, the same as jsonLine makes them one by one, written as bytes at half the cost.
 *
 * Most of what records hold are short texts of plain ASCII and numbers: these are copied and converted here. For anything else (texts with
 * something to escape or beyond ASCII, lists, dates, bytes) the text is JSON.stringify's. Names of fields are data, never code: nothing
 * is compiled from them.
 */
import type { AnalyticsRecord } from '@pumphouse/record'
import { copyName, createFieldNames, type FieldName, type FieldNames, writeName } from './field-names.ts'
import { jsonText } from './json-line.ts'
import {
  createLineBuffer,
  type LineBuffer,
  type LineChunks,
  makeRoom,
  writeAscii,
  writeLines,
  writeText,
} from './line-buffer.ts'
import { writeNumber } from './number-bytes.ts'

const SPACE = 0x20
const TILDE = 0x7e
const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN = 0x7b
const CLOSE = 0x7d

/** Makes the function that writes batches. It owns the memory of the lines: one batch at a time. */
export function createJsonLines(): (batch: readonly AnalyticsRecord[]) => LineChunks {
  const out = createLineBuffer()
  const names = createFieldNames(key => `,${JSON.stringify(key)}:`)
  const write = (to: LineBuffer, record: AnalyticsRecord): void => writeRecord(to, record, names)
  return batch => writeLines(out, batch, write)
}

function writeRecord(out: LineBuffer, record: AnalyticsRecord, names: FieldNames): void {
  let name = names.start
  for (const key in record) {
    const value = record[key]
    name = names.after(name, key)
    if (typeof value === 'string') {
      writeTextField(out, name, value)
    } else if (typeof value === 'number') {
      writeName(out, name)
      if (Number.isFinite(value)) writeNumber(out, value)
      else writeAscii(out, 'null')
    } else if (typeof value === 'boolean') {
      writeName(out, name)
      writeAscii(out, value ? 'true' : 'false')
    } else {
      const text = jsonText(value)
      if (text === undefined) continue
      writeName(out, name)
      writeText(out, text)
    }
  }
  makeRoom(out, 2)
  // The comma before the first name.
  if (out.at === out.lineStart) out.at += 1
  out.bytes[out.lineStart] = OPEN
  out.bytes[out.at++] = CLOSE
}

/** A name and its text, as JSON shows them. In one go: most fields are texts. */
function writeTextField(out: LineBuffer, name: FieldName, text: string): void {
  makeRoom(out, name.length + text.length + 2)
  const { bytes } = out
  copyName(out, name)
  let at = out.at
  bytes[at++] = QUOTE
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < SPACE || unit > TILDE || unit === QUOTE || unit === BACKSLASH) {
      writeText(out, JSON.stringify(text))
      return
    }
    bytes[at++] = unit
  }
  bytes[at++] = QUOTE
  out.at = at
}
