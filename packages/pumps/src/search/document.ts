/**
 * A record as a document that the servers take. It is the record's JSON; only keys that no server takes are renamed:
 * a top-level name of the server's own metadata (`_id`, `_source`, …) gets an underscore behind it, and of a name with a blank part between
 * its dots (``, `.`, `a..b`, ` `) each dot and blank part becomes an underscore. In a data stream `@timestamp` is the record's time.
 */
import type { AnalyticsRecord } from '@pumphouse/record'
import { RejectedError } from '../errors.ts'
import { jsonLine } from '../lines/json-line.ts'

const METADATA: ReadonlySet<string> = new Set([
  ...['_id', '_index', '_type', '_source', '_routing', '_field_names', '_ignored', '_ignored_source', '_seq_no'],
  ...['_primary_term', '_version', '_doc_count', '_tier', '_nested_path', '_data_stream_timestamp', '_size', '_meta'],
  ...['_inference_fields', '_tsid', '_ts_routing_hash'],
])
/** Names repeat from record to record; more different ones than this are forgotten. */
const MAX_KNOWN_NAMES = 10_000

export interface DocumentWriter {
  /** The document as one line of JSON. Throws RejectedError when there is none. */
  write(record: AnalyticsRecord): string
  /** The same, with the time as `@timestamp`. */
  writeAt(record: AnalyticsRecord, timeMs: number): string
}

export function createDocumentWriter(): DocumentWriter {
  /** Names that are as they should be, below the top level. */
  const legal = new Set<string>()

  const isLegal = (name: string): boolean => {
    if (legal.has(name)) return true
    if (legalName(name) !== name) return false
    if (legal.size === MAX_KNOWN_NAMES) legal.clear()
    legal.add(name)
    return true
  }

  const allLegal = (value: object): boolean => {
    if (ArrayBuffer.isView(value) || value instanceof Date) return true
    if (Array.isArray(value)) return value.every(item => typeof item !== 'object' || item === null || allLegal(item))
    for (const name in value) {
      const held: unknown = value[name as keyof typeof value]
      if (!isLegal(name) || (typeof held === 'object' && held !== null && !allLegal(held))) return false
    }
    return true
  }

  const hasMetadata = (record: AnalyticsRecord): boolean => {
    for (const name in record) if (METADATA.has(name)) return true
    return false
  }

  const json = (record: AnalyticsRecord): string => {
    try {
      return jsonLine(allLegal(record) && !hasMetadata(record) ? record : renamed(record, true))
    } catch (error) {
      // No codec produces such a record; one that comes otherwise must not take its neighbours along.
      throw new RejectedError('unserializable', error instanceof Error ? error.message : String(error))
    }
  }

  return {
    write: json,
    writeAt(record, timeMs) {
      const { '@timestamp': own, ...rest } = record
      const text = json(own === undefined ? record : rest)
      return `{"@timestamp":"${new Date(timeMs).toISOString()}",${text.slice(1)}`
    },
  }
}

function renamed<T extends object>(value: T, atTop: boolean): T {
  const entries = Object.entries(value).map(([name, held]) => {
    const name_ = atTop && METADATA.has(name) ? `${name}_` : legalName(name)
    return [name_, renamedValue(held)]
  })
  return Object.fromEntries(entries) as T
}

function renamedValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || value instanceof Date) return value
  return Array.isArray(value) ? value.map(renamedValue) : renamed(value, false)
}

function legalName(name: string): string {
  const parts = name.split('.')
  return parts.every(isNoBlank) ? name : parts.map(part => (isNoBlank(part) ? part : '_')).join('_')
}

/** As Java sees blanks: everything up to the space character too. */
function isNoBlank(part: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[^\s\u0000-\u0020]/.test(part)
}
