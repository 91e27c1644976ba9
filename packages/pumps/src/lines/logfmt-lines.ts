/**
 * A batch as logfmt: `timestamp=1763700000000 method=GET path=/orders/42 userAgent="curl/8.4.0 (x)"`.
 *
 * A text with a space, a quote, an equals sign, a backslash or anything beyond printable ASCII is quoted and escaped as in JSON, control characters too; so is
 * the JSON of a list or an object. In a key such characters are _. What is absent is left out, null is `null`.
 */
import type { AnalyticsRecord } from '@pumphouse/record'
import { escapeControls } from './escape-controls.ts'
import { createFieldNames, writeName } from './field-names.ts'
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
const EQUALS = 0x3d
const BACKSLASH = 0x5c
const UNFIT_FOR_KEYS = /[\p{Cc}\p{Z}="\\]/gu

/** Makes the function that writes batches. It owns the memory of the lines: one batch at a time. */
export function createLogfmtLines(): (batch: readonly AnalyticsRecord[]) => LineChunks {
  const out = createLineBuffer()
  const names = createFieldNames(key => `${key.toWellFormed().replace(UNFIT_FOR_KEYS, '_') || '_'}=`)
  const write = (to: LineBuffer, record: AnalyticsRecord): void => {
    let name = names.start
    for (const key in record) {
      const value = record[key]
      const text = typeof value === 'string' ? value : bareText(value)
      if (text === undefined) continue
      name = names.after(name, key)
      if (to.at > to.lineStart) writeAscii(to, ' ')
      writeName(to, name)
      if (typeof value === 'number' && Number.isFinite(value)) writeNumber(to, value)
      else writeValue(to, text)
    }
  }
  return batch => writeLines(out, batch, write)
}

/** Numbers are written as such; dates and bytes are texts in JSON: without its quotes. */
function bareText(value: unknown): string | undefined {
  if (typeof value === 'number') return 'null'
  const text = jsonText(value)
  return text?.startsWith('"') ? String(JSON.parse(text)) : text
}

function writeValue(out: LineBuffer, text: string): void {
  makeRoom(out, text.length)
  const { bytes } = out
  let at = out.at
  if (text === '') writeAscii(out, '""')
  else {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit <= SPACE || unit > TILDE || unit === QUOTE || unit === EQUALS || unit === BACKSLASH) {
        writeText(out, escapeControls(JSON.stringify(text)))
        return
      }
      bytes[at++] = unit
    }
    out.at = at
  }
}
