/** Text with braces that hold the parts of a record's time (UTC: `{yyyy-MM-dd}`, `{HH:mm:ss.SSS}`), or the name of one of its fields. */
import type { AnalyticsRecord } from '@pumphouse/record'
import { timeOfId } from './record-time.ts'

/** A part of a pattern: text, or what gives the text for a record. */
export type PatternPart = string | ((record: AnalyticsRecord) => string)

/** The text of a field's value. `last`: nothing but empty text follows in the pattern. */
export type FieldText = (value: unknown, last: boolean) => string

const BRACES = /\{([^{}]*)\}/
const TIME = /^(?:yyyy|MM|dd|HH|mm|ss|SSS|[-._:T])+$/
const TIME_PART = /yyyy|MM|dd|HH|mm|ss|SSS/g
const MS_PER_MINUTE = 60_000

/** The parts of a pattern, text and braces in turn. Undefined when its braces do not match or are empty. */
export function compilePattern(pattern: string, textOf: FieldText): readonly PatternPart[] | undefined {
  // Text, what stands in braces, text, …
  const pieces = pattern.split(BRACES)
  if (pieces.some((piece, i) => (i % 2 === 0 ? /[{}]/.test(piece) : piece === ''))) return undefined
  return pieces.map((piece, i) => {
    if (i % 2 === 0) return piece
    if (TIME.test(piece) && /[a-zA-Z]{2}/.test(piece)) return timePart(piece)
    const last = pieces.slice(i + 1).every(other => other === '')
    return record => textOf(Object.hasOwn(record, piece) ? record[piece] : undefined, last)
  })
}

/** The text of a record. */
export function fillPattern(parts: readonly PatternPart[], record: AnalyticsRecord): string {
  let text = ''
  for (const part of parts) text += typeof part === 'string' ? part : part(record)
  return text
}

/** Records come in the order of their time, more or less: the text of the last minute is mostly the right one. A record without a time has that of its id, whoever writes it and when; one without an id that of now. */
function timePart(pattern: string): PatternPart {
  const everyMs = pattern.includes('ss') || pattern.includes('SSS') ? 1 : MS_PER_MINUTE
  let step = Number.NaN
  let text = ''
  return record => {
    const { timestamp } = record
    const at = typeof timestamp === 'number' && isDate(timestamp) ? timestamp : (timeOfId(record) ?? Date.now())
    const itsStep = Math.floor(at / everyMs)
    if (itsStep !== step) {
      step = itsStep
      text = formatTime(pattern, new Date(at))
    }
    return text
  }
}

function isDate(timestamp: number): boolean {
  return !Number.isNaN(new Date(timestamp).getTime())
}

function formatTime(pattern: string, date: Date): string {
  const iso = date.toISOString()
  // The years from 10000 on, and those before 0, have a sign and two more digits.
  const [year, rest] = [iso.slice(0, -20), iso.slice(-19)]
  const at = (from: number, to: number): string => rest.slice(from, to)
  const places = {
    yyyy: year,
    MM: at(0, 2),
    dd: at(3, 5),
    HH: at(6, 8),
    mm: at(9, 11),
    ss: at(12, 14),
    SSS: at(15, 18),
  }
  return pattern.replace(TIME_PART, part => places[part as keyof typeof places])
}
