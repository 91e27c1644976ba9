/**
 * Redaction: takes secrets out of records before they are written anywhere.
 *
 * What there is to look into is decided once for each name of a column: fields whose names say that they hold nothing but a number or a word of the reporter's own are
 * passed by unread, unless a record has a list or map there; only the others are looked into, and most of those are short texts of which one look tells that
 * they hold nothing (redact-text.ts). What is not changed is passed on as it is, not copied.
 *
 * It fails closed: what cannot be looked into (compressed bytes, a list too deep, a text that is no whole JSON and no form where a rule names a path into it,
 * whatever throws) is masked, and counted as `failed`.
 */
import { OTHER_FIELDS } from '../cardinality.ts'
import type { RowBatch } from '../codec/rows.ts'
import type { AnalyticsRecord } from '../record.ts'
import { type Column, redactRows } from './redact-rows.ts'
import { compileRules, isRedacting, type RedactRules } from './redact-rules.ts'
import { type RedactCounts, valueRedactor } from './redact-value.ts'
import { isId, isIdColumn } from './trace-ids.ts'

/** Applies rules. Nothing it is given is changed. */
export interface Redactor {
  /** Cumulative. */
  readonly counts: Readonly<RedactCounts>
  /** The batch without its secrets: the same one when it has none. Throws only for a batch that no RowBuilder made. */
  batch(batch: RowBatch): RowBatch
  /** The record without its secrets, frozen: the same one when it has none. Its `id` stays. Never throws. */
  record(record: AnalyticsRecord): AnalyticsRecord
}

/**
 * Fields that hold no text of a client as long as they hold what they are for, nor one that an application makes of it. What patterns of the rules find is looked for in
 * them too.
 */
const QUIET: ReadonlySet<string> = new Set(
  `id timestamp durationMs ttfbMs statusCode outcome httpVersion requestBytes responseBytes requestContentLength responseContentLength peerIp phase
  requestBodyBytes requestBodyTruncated responseBodyBytes responseBodyTruncated weight expireAt service`.split(/\s+/),
)

/** Names made of data must not grow the memory for ever. */
const MAX_COLUMNS = 10_000

/**
 * Compiles rules that `redactProblems` finds nothing wrong with. Undefined when they ask for nothing. Throws PH_CONFIG_INVALID for a pattern that is
 * none.
 */
export function createRedactor(rules: RedactRules): Redactor | undefined {
  if (!isRedacting(rules)) return undefined
  const counts: RedactCounts = { masked: 0, removed: 0, hashed: 0, failed: 0 }
  const defaults = rules.defaults !== false
  const hasPatterns = (rules.patterns ?? []).length > 0
  const hasQueryNames = (rules.query ?? []).length > 0
  const root = compileRules(rules)
  const columns = new Map<string, Column>()
  const redact = valueRedactor(rules, root, counts)

  function columnOf(name: string): Column {
    const known = columns.get(name)
    if (known !== undefined) return known
    if (columns.size >= MAX_COLUMNS) columns.clear()
    // Its fields are those of the record, for which there was no other place.
    const place = name === OTHER_FIELDS ? root : root.child(name)
    const { action } = place
    const removed = action === 'remove' || (action !== 'keep' && redact.name(name) !== name)
    const isFree = action === undefined && !removed && !hasPatterns
    const column = {
      place,
      quiet: isFree && !place.inside && QUIET.has(name),
      id: isFree && isIdColumn(name),
      searched: isFree && defaults && !place.ruled && !hasQueryNames,
      removed,
    }
    columns.set(name, column)
    return column
  }

  return {
    counts,
    batch: batch => redactRows(batch, columnOf, redact.at, removed => (counts.removed += removed)),
    record(record) {
      let copy: Record<string, unknown> | undefined
      for (const name of Object.keys(record)) {
        if (name === 'id') continue
        const column = columnOf(name)
        const value = record[name]
        if (column.quiet && !isContainer(value)) continue
        if (column.id && isId(value)) continue
        const redacted = column.removed ? undefined : redact.at(value, column.place)
        if (redacted === value) continue
        copy ??= { ...record }
        if (redacted === undefined) delete copy[name]
        else copy[name] = redacted
        if (column.removed) counts.removed++
      }
      return copy === undefined ? record : Object.freeze(copy)
    },
  }
}

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
