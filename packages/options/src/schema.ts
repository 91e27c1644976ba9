/**
 * An option is declared once: its format, default, environment variable, secrecy and one sentence of documentation.
 * The type of the loaded value, the reference page and the commented example YAML all come from that declaration.
 */

/**
 * `duration` is written with a unit (`10s`, `200ms`, `0`) and loaded as milliseconds; `size` likewise (`8MiB`, `64KiB`) as bytes.
 * An array of strings is an enumeration. `json` takes any value and is checked by whoever reads it.
 */
export type OptionFormat =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'number'
  | 'duration'
  | 'size'
  | 'port'
  | 'url'
  | 'strings'
  | 'json'
  | readonly string[]

export interface OptionField {
  readonly doc: string
  readonly format: OptionFormat
  /** null = no default; with `required` the option must be given, without it it may be absent (undefined). */
  readonly default: unknown
  readonly required?: boolean
  readonly env?: string
  /** Its value never reaches a log, an error, a dump or the health output. */
  readonly sensitive?: boolean
  /** Of a number; in milliseconds for a duration, in bytes for a size, in characters for a string. */
  readonly min?: number
  readonly max?: number
  /** Of a URL: what it may begin with. */
  readonly schemes?: readonly string[]
  /** Shown in the documentation instead of the default. */
  readonly example?: unknown
}

/** Options and sections of options by name. A section must not be called `default`. */
export interface OptionSchema {
  readonly [name: string]: OptionField | OptionSchema
}

/** Tells an option from a section of options. */
export function isField(node: OptionField | OptionSchema): node is OptionField {
  return typeof node['doc'] === 'string'
}

type FormatValue<F extends OptionFormat> = F extends 'boolean'
  ? boolean
  : F extends 'integer' | 'number' | 'duration' | 'size' | 'port'
    ? number
    : F extends 'strings'
      ? readonly string[]
      : F extends 'json'
        ? unknown
        : F extends readonly (infer V)[]
          ? V
          : string

type FieldValue<F extends OptionField> = F['default'] extends null
  ? F['required'] extends true
    ? FormatValue<F['format']>
    : FormatValue<F['format']> | undefined
  : FormatValue<F['format']>

/** The values a schema loads to. */
export type OptionValues<S extends OptionSchema> = {
  readonly [K in keyof S]: S[K] extends OptionField
    ? FieldValue<S[K]>
    : S[K] extends OptionSchema
      ? OptionValues<S[K]>
      : never
}
