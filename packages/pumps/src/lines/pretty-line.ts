/** One record as one line for people: `05:01:02.123 GET /orders/42 404 12.3 ms aborted user="ann" …` */
import type { AnalyticsRecord } from '@pumphouse/record'
import { escapeControls } from './escape-controls.ts'
import { jsonLine } from './json-line.ts'

/** Fields that have their own place at the head of the line, or say nothing to a reader. */
const HEAD_FIELDS = new Set(['id', 'timestamp', 'method', 'path', 'statusCode', 'durationMs', 'outcome'])
const METHOD_WIDTH = 6
/** Rest of the line after which a reader has stopped reading. */
const MAX_REST_LENGTH = 240
const RED = 31
const GREEN = 32
const YELLOW = 33

/** Makes the function that writes records as lines; with colours when asked. Control characters are escaped: a path cannot talk to the terminal. */
export function createPrettyLine(options: { readonly colors: boolean }): (record: AnalyticsRecord) => string {
  return record => {
    const parts = [
      clock(record.timestamp),
      text(record.method)?.padEnd(METHOD_WIDTH),
      text(record.path),
      options.colors ? coloredStatus(record.statusCode) : text(record.statusCode),
      typeof record.durationMs === 'number' ? `${record.durationMs.toFixed(1)} ms` : undefined,
      record.outcome === 'ok' ? undefined : text(record.outcome),
      rest(record),
    ]
    return parts.filter(part => part !== undefined && part !== '').join(' ')
  }
}

function rest(record: AnalyticsRecord): string {
  const others = Object.entries(record).filter(([key]) => !HEAD_FIELDS.has(key))
  const line = others.map(([key, value]) => `${text(key)}=${fieldText(value)}`).join(' ')
  return line.length > MAX_REST_LENGTH ? `${line.slice(0, MAX_REST_LENGTH).toWellFormed()}…` : line
}

/** As in JSON, escapes included; a wrapper gives a lone value the treatment of a field. */
function fieldText(value: unknown): string {
  return escapeControls(jsonLine({ value }).slice('{"value":'.length, -1))
}

function text(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' ? escapeControls(value) : fieldText(value)
}

function clock(timestamp: unknown): string | undefined {
  if (typeof timestamp !== 'number') return text(timestamp)
  const date = new Date(timestamp)
  return Number.isNaN(date.getTime()) ? String(timestamp) : date.toISOString().split('T')[1]!.slice(0, -1)
}

function coloredStatus(status: unknown): string | undefined {
  if (typeof status !== 'number') return text(status)
  const color = status >= 500 ? RED : status >= 400 ? YELLOW : GREEN
  return `\x1b[${color}m${status}\x1b[0m`
}
