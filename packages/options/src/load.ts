import type { Problem } from './problems.ts'
import type { OptionSchema, OptionValues } from './schema.ts'

/** Where values come from. The environment overrides `values`; `values` overrides defaults. */
export interface OptionSource {
  readonly values: unknown
  readonly env?: Readonly<Record<string, string | undefined>>
  /** `PUMPHOUSE`: option redis.url is then read from PUMPHOUSE_REDIS_URL unless its field names another variable. */
  readonly envPrefix?: string
  /** Put before every path in the problems: `pumps.audit`. */
  readonly path?: string
  /** Line of a path in the file, for the problems. */
  readonly lineOf?: (path: string) => number | undefined
}

export interface LoadedOptions<S extends OptionSchema> {
  /** Usable only when problems is empty. */
  readonly values: OptionValues<S>
  readonly problems: readonly Problem[]
}

/** Loads, checks and lists every problem at once. Never throws for a bad value. */
export declare function loadOptions<const S extends OptionSchema>(schema: S, source: OptionSource): LoadedOptions<S>
