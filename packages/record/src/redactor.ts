/**
 * Redaction: takes secrets out of records before they are written anywhere.
 *
 * What there is to look into is decided once for each shape: fields whose names say that they hold nothing but a number, a method or a template are passed by
 * unless a record has a list or map there; a field that a rule names is replaced unread; only the others are looked into, and most of those are short texts
 * of which one look tells that they hold nothing (redact-text.ts). What is not changed is passed on as it is, not copied.
 *
 * It fails closed: what cannot be looked into (compressed bytes, a list too deep, JSON that is cut where a rule names a path in it, whatever throws) is
 * masked, and counted as `failed`.
 */
import { MIN_CARD_NUMBER } from './card-number.ts'
import type { AnalyticsRecord } from './record.ts'
import type { Place } from './redact-path.ts'
import { compileRules, isRedacting, type RedactRules } from './redact-rules.ts'
import { type RedactCounts, valueRedactor } from './redact-value.ts'
import type { RowBatch } from './rows.ts'

/** Applies rules. Nothing it is given is changed; nothing throws. */
export interface Redactor {
  /** Cumulative. */
  readonly counts: Readonly<RedactCounts>
  /** The batch without its secrets: the same rows where there are none. */
  batch(batch: RowBatch): RowBatch
  /** The record without its secrets, frozen: the same one when it has none. Its `id` stays. */
  record(record: AnalyticsRecord): AnalyticsRecord
}

/** Fields that hold no secret as long as they hold what they are for. What patterns of the rules find is looked for in them too. */
const QUIET: ReadonlySet<string> = new Set(
  `id timestamp durationMs ttfbMs method host route statusCode outcome requestBytes responseBytes clientIp peerIp userAgent orgId apiId traceId spanId errorName
  weight expireAt service httpVersion protocol`.split(/\s+/),
)

/** Shapes are few; names made of data must not grow the memory for ever. */
const MAX_PLANS = 1_000
const MAX_COLUMNS = 10_000

/** What is to be done with a column. */
interface Column {
  readonly place: Place
  /** Only a list or a map is looked into. */
  readonly quiet: boolean
  /** Its name is a secret itself, or a rule removes it. */
  readonly removed: boolean
}

/** What is to be done with the rows of a shape. */
interface Plan {
  /** Undefined: as they are. */
  readonly names: readonly string[] | undefined
  readonly looks: readonly (Column & { readonly at: number })[]
  /** Positions that stay, when not all do. */
  readonly kept: readonly number[] | undefined
}

/**
 * Compiles rules that `redactProblems` finds nothing wrong with. Undefined when they ask for nothing. Throws PH_CONFIG_INVALID for a pattern that is
 * none.
 */
export function createRedactor(rules: RedactRules): Redactor | undefined {
  if (!isRedacting(rules)) return undefined
  const counts: RedactCounts = { masked: 0, removed: 0, hashed: 0, failed: 0 }
  const hasPatterns = (rules.patterns ?? []).length > 0
  const root = compileRules(rules)
  const columns = new Map<string, Column>()
  const plans = new Map<string, Plan>()
  const redact = valueRedactor(rules, root, counts)

  function columnOf(name: string): Column {
    const known = columns.get(name)
    if (known !== undefined) return known
    if (columns.size >= MAX_COLUMNS) columns.clear()
    const place = root.child(name)
    const { action } = place
    const column = {
      place,
      quiet: action === undefined && !hasPatterns && !place.inside && QUIET.has(name),
      removed: action === 'remove' || (action !== 'keep' && redact.name(name) !== name),
    }
    columns.set(name, column)
    return column
  }

  /** The value of a column. */
  function look(value: unknown, { place, quiet }: Column): unknown {
    if (quiet && !isContainer(value)) return value
    return redact.at(value, place)
  }

  function planOf(names: readonly string[]): Plan {
    const key = JSON.stringify(names)
    const known = plans.get(key)
    if (known !== undefined) return known
    if (plans.size >= MAX_PLANS) plans.clear()
    const all = names.map((name, index) => ({ ...columnOf(name), at: index + 1 }))
    const kept = all.filter(({ removed }) => !removed)
    const changes = kept.length < all.length
    const plan: Plan = {
      names: changes ? kept.map(column => names[column.at - 1]!) : undefined,
      kept: changes ? [0, ...kept.map(column => column.at)] : undefined,
      looks: kept.map(({ place, quiet, removed }, index) => ({ place, quiet, removed, at: index + 1 })),
    }
    plans.set(key, plan)
    return plan
  }

  function redactRow(given: readonly unknown[], { kept, looks }: Plan): readonly unknown[] {
    let row = given
    if (kept !== undefined) {
      counts.removed += given.length - kept.length
      row = kept.map(index => given[index])
    }
    let copy: unknown[] | undefined
    for (const column of looks) {
      const value = row[column.at]
      if (typeof value === 'number' && value < MIN_CARD_NUMBER && column.place.action === undefined) continue
      const redacted = look(value, column)
      if (redacted === value) continue
      copy ??= [...row]
      copy[column.at] = redacted
    }
    return copy ?? row
  }

  return {
    counts,
    batch(batch) {
      const planned = batch.shapes.map(planOf)
      return {
        bytes: batch.bytes,
        shapes: batch.shapes.map((names, shape) => planned[shape]?.names ?? names),
        rows: batch.rows.map(row => {
          const plan = planned[row[0] as number]
          return plan === undefined ? row : redactRow(row, plan)
        }),
      }
    },
    record(record) {
      let copy: Record<string, unknown> | undefined
      for (const name of Object.keys(record)) {
        if (name === 'id') continue
        const column = columnOf(name)
        const value = record[name]
        const redacted = column.removed ? undefined : look(value, column)
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
