/**
 * A path that depends on the record: `./{service}/{yyyy-MM-dd}.jsonl`. Braces hold the parts of the record's time (UTC), or the name of a
 * field.
 *
 * Clients choose what stands in fields, so a value becomes one harmless part of a name: letters, digits, - and _, and dots that are not the
 * first; anything else is _, and so is a value that is absent or no text, number or boolean. It can neither leave its folder nor
 * begin another, nor, at the end of the path, look like a lock or a file set aside, as it has no dots there. Two values may share a file.
 */
import type { AnalyticsRecord } from '@pumphouse/record'

/** Says where a record goes. */
export interface PathPattern {
  /** The path of all records, when it depends on none. */
  readonly fixed: string | undefined
  pathOf(record: AnalyticsRecord): string
}

type Part = (record: AnalyticsRecord) => string

const BRACES = /\{([^{}]*)\}/
const TIME = /^(?:yyyy|MM|dd|HH|mm|[-._T])+$/
const TIME_PART = /yyyy|MM|dd|HH|mm/g
const MS_PER_MINUTE = 60_000
/** Of a value; a file system takes 255 bytes for the whole name. */
const MAX_PART_LENGTH = 64
const UNFIT = /[^A-Za-z0-9._-]/g
/** What is remembered of values that have been seen. */
const MAX_REMEMBERED = 1024

/** Compiles a pattern. Undefined when its braces do not match or are empty. */
export function compilePath(pattern: string): PathPattern | undefined {
  // Text, what stands in braces, text, …
  const pieces = pattern.split(BRACES)
  if (pieces.some((piece, i) => (i % 2 === 0 ? /[{}]/.test(piece) : piece === ''))) return undefined
  if (pieces.length === 1) return { fixed: pattern, pathOf: () => pattern }
  const parts = pieces.map((piece, i): string | Part => (i % 2 === 0 ? piece : partOf(piece, isLast(i, pieces))))
  return {
    fixed: undefined,
    pathOf(record) {
      let path = ''
      for (const part of parts) path += typeof part === 'string' ? part : part(record)
      return path
    },
  }
}

/** The folder that every path of the pattern is in: what stands before the first braces, without the last name. */
export function fixedFolder(pattern: string): string {
  const [before = ''] = pattern.split('{', 1)
  return before.slice(0, before.lastIndexOf('/') + 1)
}

function isLast(i: number, pieces: readonly string[]): boolean {
  return pieces.slice(i + 1).every(piece => piece === '')
}

function partOf(name: string, last: boolean): Part {
  if (TIME.test(name) && /[a-zA-Z]{2}/.test(name)) return timePart(name)
  return fieldPart(name, last ? text => harmless(text).replaceAll('.', '_') : harmless)
}

/** Records come in the order of their time, more or less: the text of the last minute is mostly the right one. */
function timePart(pattern: string): Part {
  let minute = Number.NaN
  let text = ''
  return ({ timestamp }) => {
    const at = typeof timestamp === 'number' && isDate(timestamp) ? timestamp : Date.now()
    const itsMinute = Math.floor(at / MS_PER_MINUTE)
    if (itsMinute !== minute) {
      minute = itsMinute
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
  const [year = '', rest = ''] = [iso.slice(0, -20), iso.slice(-19)]
  const places = { yyyy: year, MM: rest.slice(0, 2), dd: rest.slice(3, 5), HH: rest.slice(6, 8), mm: rest.slice(9, 11) }
  return pattern.replace(TIME_PART, part => places[part as keyof typeof places])
}

function fieldPart(field: string, clean: (text: string) => string): Part {
  const remembered = new Map<string, string>()
  return record => {
    const value = Object.hasOwn(record, field) ? record[field] : undefined
    if (typeof value === 'number' || typeof value === 'boolean') return clean(String(value))
    if (typeof value !== 'string') return '_'
    const known = remembered.get(value)
    if (known !== undefined) return known
    if (remembered.size >= MAX_REMEMBERED) remembered.clear()
    const made = clean(value)
    remembered.set(value, made)
    return made
  }
}

function harmless(text: string): string {
  const fit = text.slice(0, MAX_PART_LENGTH).replace(UNFIT, '_').replace(/^\.+/, '_')
  return fit === '' ? '_' : fit
}
