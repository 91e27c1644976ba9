/**
 * A batch as rows of CSV (RFC 4180), in columns that are the same in every row.
 *
 * - Rows end in CR LF, and nothing else does: a CR LF inside of a text is written as LF, so that a row that a crash has cut is known.
 * - A text with a comma, a quote or a line break is quoted. Numbers and booleans stand as in JSON, dates as ISO text, bytes as base64,
 *   lists and objects as JSON; what is absent or null is empty.
 * - Spreadsheets take a text that begins with = + - @ for a formula, and clients choose the texts of analytics. With the guard such a text
 *   begins with an apostrophe.
 * - The column `*` holds all fields that have no column, as one JSON object; empty when there are none.
 */
import type { AnalyticsRecord } from '@pumphouse/record'
import type { LineShape } from '../file/torn-line.ts'
import { jsonLine, jsonText } from './json-line.ts'
import { createLineBuffer, type LineBuffer, makeRoom, writeAscii, writeLines, writeText } from './line-buffer.ts'
import type { LineFormat } from './line-format.ts'
import { writeNumber } from './number-bytes.ts'

export interface CsvOptions {
  readonly columns: readonly string[]
  readonly guardFormulas: boolean
}

/** The name of the column of all that has none. */
export const REST_COLUMN = '*'

const SPACE = 0x20
const TILDE = 0x7e
const QUOTE = 0x22
const COMMA = 0x2c
const CARRIAGE_RETURN = 0x0d
const LINE_END = '\r\n'
/** What begins a formula, to one spreadsheet or another; with the wide forms of the four signs. */
const FORMULA_SIGNS = '=+-@\t\r\n\uff1d\uff0b\uff0d\uff20'
const MUST_BE_QUOTED = /[",\r\n]/

/** Rows with these columns, and their names in the first line. */
export function csvFormat({ columns, guardFormulas }: CsvOptions): LineFormat {
  const out = createLineBuffer()
  const header = Buffer.from(columns.map(name => quoted(name)).join(',') + LINE_END)
  const shape: LineShape = { lineEnd: LINE_END, header, isTorn: () => true }
  const own = new Set(columns)
  /** Columns that every object answers to: asked for with care, which costs. */
  const inherited = columns.map(name => name in {})
  const writeRow = (to: LineBuffer, record: AnalyticsRecord): void => {
    for (let i = 0; i < columns.length; i++) {
      const name = columns[i] as string
      if (i > 0) writeByte(to, COMMA)
      if (name === REST_COLUMN) writeCell(to, rest(record, own), false)
      else if (inherited[i] !== true || Object.hasOwn(record, name)) writeCell(to, record[name], guardFormulas)
    }
    writeByte(to, CARRIAGE_RETURN)
  }
  return { shape, toLines: batch => writeLines(out, batch, writeRow) }
}

function writeCell(out: LineBuffer, value: unknown, guard: boolean): void {
  if (typeof value === 'string') writeCellText(out, value, guard)
  else if (typeof value === 'number') {
    if (Number.isFinite(value)) writeNumber(out, value)
  } else if (typeof value === 'boolean') writeAscii(out, value ? 'true' : 'false')
  else if (value !== undefined && value !== null) writeCellText(out, bareText(value), guard)
}

/** Plain texts are copied here; those with anything to quote, guard or encode go the slow way. */
function writeCellText(out: LineBuffer, text: string, guard: boolean): void {
  makeRoom(out, text.length)
  const { bytes } = out
  let at = out.at
  if (guard && FORMULA_SIGNS.includes(text.charAt(0)) && text !== '') {
    writeText(out, quoted(`'${text}`))
    return
  }
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < SPACE || unit > TILDE || unit === QUOTE || unit === COMMA) {
      writeText(out, quoted(text))
      return
    }
    bytes[at++] = unit
  }
  out.at = at
}

/** Dates and bytes are texts in JSON: without its quotes. */
function bareText(value: unknown): string {
  const text = jsonText(value) ?? ''
  if (text === 'null') return ''
  return text.startsWith('"') ? String(JSON.parse(text)) : text
}

function quoted(text: string): string {
  const clean = text.replace(/\r+\n/g, '\n')
  return MUST_BE_QUOTED.test(clean) ? `"${clean.replaceAll('"', '""')}"` : clean
}

function rest(record: AnalyticsRecord, own: ReadonlySet<string>): string | undefined {
  let others: Record<string, unknown> | undefined
  for (const key in record) {
    if (own.has(key)) continue
    others ??= Object.create(null) as Record<string, unknown>
    others[key] = record[key]
  }
  if (others === undefined) return undefined
  const text = jsonLine(others)
  return text === '{}' ? undefined : text
}

function writeByte(out: LineBuffer, byte: number): void {
  makeRoom(out, 1)
  out.bytes[out.at++] = byte
}
