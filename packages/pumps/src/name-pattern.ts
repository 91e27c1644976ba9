/**
 * Names made of the time and the fields of a record: `requests_{yyyy-MM-dd}`, `org_{orgId}`. A date is that of the record; `{date}` is short for
 * `{yyyy-MM-dd}`. Any other word is a field; where it is absent, or no text, number or boolean, the name has `none` in its place.
 */
import type { AnalyticsRecord } from '@pumphouse/record'
import { formatDate, timeOf } from './record-time.ts'

export interface NamePattern {
  /** The name of every record, when neither time nor field are in it. */
  readonly fixed: string | undefined
  nameOf(record: AnalyticsRecord): string
}

/** Turns what a field holds into what may stand in a name; never empty. */
export type LegalPart = (value: string) => string

type Part = (record: AnalyticsRecord) => string

const PLACEHOLDER = /\{([^{}]*)\}/
const DATE = /^(yyyy|MM|dd|HH)([._/-]?(yyyy|MM|dd|HH))*$/
const FIELD = /^[A-Za-z_$][\w$-]*$/
const SHORT_DATE = { date: 'yyyy-MM-dd' } as const
const ABSENT = 'none'
/** The smallest part of a date that a name can hold. */
const HOUR_MS = 3_600_000

/** The pattern; a text that says what is wrong with it. */
export function readNamePattern(text: string, legal: LegalPart): NamePattern | string {
  const parts: Part[] = []
  let isFixed = true
  for (const [i, piece] of text.split(PLACEHOLDER).entries()) {
    // What is between the pieces of text is what the placeholders hold.
    if (i % 2 === 0) {
      if (/[{}]/.test(piece)) return 'with a brace that is not closed or not opened'
      if (piece !== '') parts.push(() => piece)
      continue
    }
    isFixed = false
    const date = Object.hasOwn(SHORT_DATE, piece) ? SHORT_DATE[piece as keyof typeof SHORT_DATE] : piece
    if (DATE.test(date)) parts.push(datePart(date))
    else if (FIELD.test(piece)) parts.push(fieldPart(piece, legal))
    else return `with "{${piece}}", which is neither a date such as {yyyy-MM-dd} nor a field`
  }
  const fixed = isFixed ? text : undefined
  return { fixed, nameOf: record => fixed ?? parts.map(part => part(record)).join('') }
}

/** Records of a batch are mostly of one hour. */
function datePart(date: string): Part {
  let hour: number | undefined
  let shown = ''
  return record => {
    const timeMs = timeOf(record)
    const its = Math.floor(timeMs / HOUR_MS)
    if (its !== hour) shown = formatDate(date, timeMs)
    hour = its
    return shown
  }
}

function fieldPart(field: string, legal: LegalPart): Part {
  let last: unknown
  let shown = ABSENT
  return record => {
    const value = record[field]
    if (value === last) return shown
    last = value
    const text = ['string', 'number', 'boolean', 'bigint'].includes(typeof value) ? String(value) : ''
    shown = text === '' ? ABSENT : legal(text)
    return shown
  }
}
