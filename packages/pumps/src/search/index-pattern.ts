/** Names of indices by the time of the record: `requests-{yyyy.MM.dd}`. Times are UTC, so that every daemon gives a record the same index. */
import type { AnalyticsRecord } from '@pumphouse/record'

export interface IndexPattern {
  /** There is a date in it. */
  readonly dated: boolean
  /** Matches every name it makes: `requests-*`. */
  readonly wildcard: string
  /** The part before the first date, without what joins the two: `requests`. */
  readonly stem: string
  nameAt(timeMs: number): string
}

const PLACEHOLDER = /\{([^{}]*)\}/g
const DATE_PARTS = /yyyy|MM|dd|HH/g
const ONLY_DATE_PARTS = /^(yyyy|MM|dd|HH)([._-]?(yyyy|MM|dd|HH))*$/
/** What a server lets an index be called, after the dates are in. */
const LEGAL_NAME = /^[^-_+.\s\\/*?"<>|,#:A-Z{}][^\s\\/*?"<>|,#:A-Z{}]*$/
const MAX_NAME_BYTES = 255
/** The smallest part of a date that a name can hold. */
const HOUR_MS = 3_600_000
/** The last moment with a year of four digits. */
const MAX_TIME_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999)
const ID_SECONDS_DIGITS = 8
const HEX = 16
const MS_PER_SECOND = 1000

/** The pattern; a text that says why it is none. */
export function readIndexPattern(text: string): IndexPattern | string {
  const dates = [...text.matchAll(PLACEHOLDER)].map(([, date = '']) => date)
  const unknown = dates.find(date => !ONLY_DATE_PARTS.test(date))
  if (unknown !== undefined) return `with "{${unknown}}" that is no date`
  const render = (timeMs: number): string => text.replace(PLACEHOLDER, (_, date: string) => formatDate(date, timeMs))
  const sample = render(0)
  if (!LEGAL_NAME.test(sample) || Buffer.byteLength(sample) > MAX_NAME_BYTES) return 'which no index can be called'
  const [before = ''] = text.split('{', 1)
  let hour: number | undefined
  let name = sample
  return {
    dated: dates.length > 0,
    wildcard: text.replace(PLACEHOLDER, '*'),
    stem: before.replace(/[._-]+$/, ''),
    nameAt(timeMs) {
      const its = Math.floor(timeMs / HOUR_MS)
      // Records of a batch are mostly of one hour.
      if (its !== hour) name = render(timeMs)
      hour = its
      return name
    },
  }
}

/** When the record happened: its timestamp, or the second its id was made in when that is none. */
export function timeOf(record: AnalyticsRecord): number {
  const timestamp: unknown = record['timestamp']
  const timeMs = timestamp instanceof Date ? timestamp.getTime() : timestamp
  if (typeof timeMs === 'number' && timeMs >= 0 && timeMs <= MAX_TIME_MS) return timeMs
  const seconds = Number.parseInt(String(record.id).slice(0, ID_SECONDS_DIGITS), HEX)
  return Number.isNaN(seconds) ? 0 : seconds * MS_PER_SECOND
}

function formatDate(date: string, timeMs: number): string {
  const [year = '', month = '', day = '', hour = ''] = new Date(timeMs).toISOString().split(/[-T:]/)
  const parts: Readonly<Record<string, string>> = { yyyy: year, MM: month, dd: day, HH: hour }
  return date.replace(DATE_PARTS, part => parts[part] ?? part)
}
