/**
 * A path that depends on the record: `./{service}/{yyyy-MM-dd}.jsonl`.
 *
 * Clients choose what stands in fields, so a value becomes one harmless part of a name: letters, digits, - and _, and dots that are not the
 * first; anything else is _, and so is a value that is absent or no text, number or boolean. It can neither leave its folder nor
 * begin another, nor, at the end of the path, look like a lock or a file set aside, as it has no dots there. Two values may share a file.
 */
import type { AnalyticsRecord } from '@pumphouse/record'
import { compilePattern, fillPattern } from '../record-pattern.ts'

/** Says where a record goes. */
export interface PathPattern {
  /** The path of all records, when it depends on none. */
  readonly fixed: string | undefined
  pathOf(record: AnalyticsRecord): string
}

/** Of a value; a file system takes 255 bytes for the whole name. */
const MAX_PART_LENGTH = 64
const UNFIT = /[^A-Za-z0-9._-]/g
/** What is remembered of values that have been seen. */
const MAX_REMEMBERED = 1024

/** Compiles a pattern. Undefined when its braces do not match or are empty. */
export function compilePath(pattern: string): PathPattern | undefined {
  const remembered = new Map<string, string>()
  const harmlessOnce = (text: string): string => {
    const known = remembered.get(text)
    if (known !== undefined) return known
    if (remembered.size >= MAX_REMEMBERED) remembered.clear()
    const made = harmless(text)
    remembered.set(text, made)
    return made
  }
  const parts = compilePattern(pattern, (value, last) => {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return '_'
    const part = harmlessOnce(String(value))
    return last ? part.replaceAll('.', '_') : part
  })
  if (parts === undefined) return undefined
  return { fixed: parts.length === 1 ? pattern : undefined, pathOf: record => fillPattern(parts, record) }
}

/** The folder that every path of the pattern is in: what stands before the first braces, without the last name. */
export function fixedFolder(pattern: string): string {
  const [before = ''] = pattern.split('{', 1)
  return before.slice(0, before.lastIndexOf('/') + 1)
}

function harmless(text: string): string {
  const fit = text.slice(0, MAX_PART_LENGTH).replace(UNFIT, '_').replace(/^\.+/, '_')
  return fit === '' ? '_' : fit
}
