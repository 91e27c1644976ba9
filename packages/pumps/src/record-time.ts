/** When a record happened, for names and dates at a target: in UTC, so that every daemon gives a record the same. */
import type { AnalyticsRecord } from '@pumphouse/record'

const DATE_PARTS = /yyyy|MM|dd|HH/g
/** The last moment with a year of four digits. */
const MAX_TIME_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999)
const ID_SECONDS_DIGITS = 8
const HEX = 16
const MS_PER_SECOND = 1000

/** Milliseconds since the epoch: its timestamp, or the second its id was made in when that is none. */
export function timeOf(record: AnalyticsRecord): number {
  const timestamp: unknown = record['timestamp']
  const timeMs = timestamp instanceof Date ? timestamp.getTime() : timestamp
  if (typeof timeMs === 'number' && timeMs >= 0 && timeMs <= MAX_TIME_MS) return timeMs
  return timeOfId(record) ?? 0
}

/** The second its id was made in, in milliseconds since the epoch; undefined when it has none that says. */
export function timeOfId(record: AnalyticsRecord): number | undefined {
  const seconds = Number.parseInt(String(record.id).slice(0, ID_SECONDS_DIGITS), HEX)
  return Number.isNaN(seconds) ? undefined : seconds * MS_PER_SECOND
}

/** `yyyy-MM-dd` → `2026-11-21`; yyyy, MM, dd and HH are known, all else stays as it is. */
export function formatDate(pattern: string, timeMs: number): string {
  const [year = '', month = '', day = '', hour = ''] = new Date(timeMs).toISOString().split(/[-T:]/)
  const parts: Readonly<Record<string, string>> = { yyyy: year, MM: month, dd: day, HH: hour }
  return pattern.replace(DATE_PARTS, part => parts[part] ?? part)
}
