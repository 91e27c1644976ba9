/** What a pump's configuration says about the records it gets, as loaded; compiled in policy/record-policy.ts. Plain data, so that two can be compared. */

import type { RedactRules } from '@pumphouse/record'

/** One thing to compare a field with; what each means is said in policy/pattern.ts. */
export type Pattern =
  | string
  | number
  | boolean
  | { readonly regex: string }
  | { readonly min?: number; readonly max?: number }
  | { readonly exists: boolean }
  | { readonly not: readonly Pattern[] }

/** Patterns per field: a field matches when it matches one of its patterns. */
export type FieldPatterns = Readonly<Record<string, readonly Pattern[]>>

/** What must be so of a record. `fields`: all of them match. */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly fields: FieldPatterns }

/** Keeps the part `rate` of the records (0 to 1), chosen by the field `by`. */
export interface Sampling {
  readonly rate: number
  readonly by: string
}

/** Which records a pump gets. */
export interface Filters {
  readonly include: FieldPatterns
  readonly exclude: FieldPatterns
  readonly where?: Condition
  readonly sample?: Sampling
}

/** Which fields a pump gets. Empty lists and mappings choose, rename and add nothing. */
export interface FieldChoice {
  readonly allow: readonly string[]
  readonly deny: readonly string[]
  /** Old name → new name. */
  readonly rename: Readonly<Record<string, string>>
  readonly set: Readonly<Record<string, unknown>>
  readonly tags: readonly string[]
}

/** Texts and bytes longer than maxBytes are cut: in these fields, or in all when there are none. */
export interface Trimming {
  readonly maxBytes: number
  readonly fields: readonly string[]
}

/** All of it, for one pump. What is absent is not done. */
export interface RecordPolicies {
  readonly filters: Filters
  readonly omitDetailedRecording: boolean
  /** The fields that `omitDetailedRecording` removes. */
  readonly detailFields: readonly string[]
  readonly redact?: RedactRules
  readonly flatten?: { readonly separator: string }
  readonly fields?: FieldChoice
  readonly trim?: Trimming
}
