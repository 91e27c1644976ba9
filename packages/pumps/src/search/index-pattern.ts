/** Names of indices by what the records hold: `requests-{yyyy.MM.dd}`, `requests-{orgId}`. */
import type { AnalyticsRecord } from '@pumphouse/record'
import { readNamePattern } from '../name-pattern.ts'

export interface IndexPattern {
  /** Every record has the same. */
  readonly isFixed: boolean
  /** Matches every name it makes: `requests-*`. */
  readonly wildcard: string
  /** The part before the first brace, without what joins the two: `requests`. */
  readonly stem: string
  nameOf(record: AnalyticsRecord): string
}

const PLACEHOLDER = /\{[^{}]*\}/g
/** What a server lets an index be called. */
const LEGAL_NAME = /^[^-_+.\s\\/*?"<>|,#:A-Z{}][^\s\\/*?"<>|,#:A-Z{}]*$/
const MAX_NAME_BYTES = 255
const MAX_PART_CHARACTERS = 60
const SAMPLE = { timestamp: 0 }

/** The pattern; a text that says why it is none. */
export function readIndexPattern(text: string): IndexPattern | string {
  const pattern = readNamePattern(text, legalPart)
  if (typeof pattern === 'string') return pattern
  const sample = pattern.nameOf(SAMPLE)
  if (!LEGAL_NAME.test(sample) || Buffer.byteLength(sample) > MAX_NAME_BYTES) return 'which no index can be called'
  if (text.startsWith('{') && !/^\{(yyyy|MM|dd|HH|date)/.test(text)) return 'which begins with a field'
  const [before = ''] = text.split('{', 1)
  return {
    isFixed: pattern.fixed !== undefined,
    wildcard: text.replace(PLACEHOLDER, '*'),
    stem: before.replace(/[._-]+$/, ''),
    nameOf: pattern.nameOf,
  }
}

/** What a field holds may come from anybody: no name of an index has other characters than these, and none is too long. */
function legalPart(value: string): string {
  return value
    .slice(0, MAX_PART_CHARACTERS)
    .toLowerCase()
    .replace(/[^a-z0-9_.-]/g, '_')
}
