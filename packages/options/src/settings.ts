/** What each option came out as, and where that value is from: for people who ask why a program does what it does, and for telling two configurations apart. */

import { isDeepStrictEqual } from 'node:util'
import type { OptionDoc } from './describe.ts'
import { renderValue } from './render.ts'
import type { OptionField } from './schema.ts'
import { formatDuration, formatSize } from './units.ts'

/** `given` is the file, or the code, that the values were taken from; `file` is a secret file that a variable names. */
export type Origin =
  | { readonly from: 'default' }
  | { readonly from: 'given'; readonly line?: number }
  | { readonly from: 'environment'; readonly variable: string }
  | { readonly from: 'file'; readonly variable: string; readonly file: string }

/** One option as it was loaded. */
export interface Setting {
  /** `pumps.audit.timeout` */
  readonly path: string
  readonly field: OptionField
  /** As the program uses it: a secret in plain text, a duration in milliseconds. Print it with showSetting. */
  readonly value: unknown
  readonly origin: Origin
}

/** The settings that `options` loaded to; the environment goes before what is given. */
export function listSettings(
  options: readonly OptionDoc[],
  from: {
    readonly values: object
    readonly given: ReadonlyMap<string, unknown>
    readonly variables: Readonly<Record<string, string>>
    readonly secretFiles: Readonly<Record<string, string>>
    place(path: string): string
    lineOf(path: string): number | undefined
  },
): readonly Setting[] {
  function originOf({ path, env }: OptionDoc): Origin {
    if (env !== undefined && from.variables[env] !== undefined) {
      const file = from.secretFiles[env]
      return file === undefined ? { from: 'environment', variable: env } : { from: 'file', variable: env, file }
    }
    if (!from.given.has(path)) return { from: 'default' }
    const line = from.lineOf(from.place(path))
    return line === undefined ? { from: 'given' } : { from: 'given', line }
  }
  return options.map(option => ({
    path: from.place(option.path),
    field: option.field,
    value: valueAt(from.values, option.path),
    origin: originOf(option),
  }))
}

/** The value as somebody may see it: in the units of the declaration, and of a secret no more than the host it points to. */
export function showSetting({ field, value }: Pick<Setting, 'field' | 'value'>): string {
  if (value === undefined || value === null) return 'not set'
  if (field.sensitive) return typeof value === 'string' ? maskSecret(value) : HIDDEN
  if (field.format === 'duration') return formatDuration(value as number)
  if (field.format === 'size') return formatSize(value as number)
  return renderValue(value)
}

/**
 * What differs, a line each, as somebody may see it: `batch.maxRecords: 1000 → 500`. Of a secret it says that it differs; of an option that is in
 * one list only, whether it came or went.
 */
export function compareSettings(before: readonly Setting[], after: readonly Setting[]): readonly string[] {
  const former = new Map(before.map(setting => [setting.path, setting]))
  const now = new Set(after.map(({ path }) => path))
  const gone = before.filter(({ path }) => !now.has(path)).map(({ path }) => `${path}: no longer there`)
  const different = after.flatMap(setting => {
    const earlier = former.get(setting.path)
    const shown = showSetting(setting)
    if (earlier === undefined) return [`${setting.path}: ${shown}, new`]
    if (isDeepStrictEqual(earlier.value, setting.value)) return []
    const shownEarlier = showSetting(earlier)
    if (shown === shownEarlier) return [`${setting.path}: another value (${shown})`]
    return [`${setting.path}: ${shownEarlier} → ${shown}`]
  })
  return [...gone, ...different]
}

const HIDDEN = '***'
const URL_PARTS = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)(.*)$/is

/** A url keeps its scheme and host: credentials, path (webhooks have their secret there) and query go. Anything else shows nothing. */
function maskSecret(text: string): string {
  const [, scheme, authority = '', rest = ''] = URL_PARTS.exec(text) ?? []
  // A password with a slash in it would make the host something else.
  if (scheme === undefined || rest.includes('@')) return HIDDEN
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  return `${scheme}${host === authority ? '' : `${HIDDEN}@`}${host}${rest === '' || rest === '/' ? rest : `/${HIDDEN}`}`
}

function valueAt(values: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((inner, name) => (inner as Readonly<Record<string, unknown>> | undefined)?.[name], values)
}
