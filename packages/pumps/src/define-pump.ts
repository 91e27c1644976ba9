import type { OptionSchema, OptionValues, Problem } from '@pumphouse/options'
import type { Pump } from './pump.ts'

/** What a pump gets from its surroundings. */
export interface PumpContext {
  /** The name it has in the YAML. */
  readonly name: string
  readonly log: PumpLog
}

/** The part of a pino logger that a pump may use. */
export interface PumpLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/**
 * The version of the contract between the daemon and a pump, as `Pump` and `PumpDefinition` say it. It grows when a pump that kept the former one
 * would fail, or lose records, under the new one.
 */
export const PUMP_CONTRACT = 1

export interface PumpDefinition<S extends OptionSchema = OptionSchema> {
  /** Which version of the contract it keeps: PUMP_CONTRACT of the package it was made with; definePump says it. Default: the daemon's own. */
  readonly contract?: number
  /** The word users write as `type:`. */
  readonly type: string
  /** One sentence for `pumphouse` help and the reference page. */
  readonly summary: string
  /** True when a redelivered record changes nothing at the target. */
  readonly idempotent: boolean
  /** A kind of target where that is not so, as a word of its documents: "a time series". Default: it is so everywhere. */
  readonly notIdempotentIn?: string
  /** The servers, with versions, that its tests run against. Default: none is named. */
  readonly provenOn?: readonly string[]
  /** What stands under `meta:`. The only declaration of these options. */
  readonly options: S
  /**
   * What is wrong with options that the schema lets pass; paths are those under `meta:` (`url`). Asked when a configuration is
   * checked, before anything is created: no I/O. Default: nothing is.
   */
  validate?(options: OptionValues<S>): readonly Problem[]
  /** Makes the pump. No I/O: that begins with `start`. */
  create(options: OptionValues<S>, context: PumpContext): Pump
}

/** How often a record can be at the target, in words: `once`, `at least once`, or `once (in a time series: at least once)`. */
export function deliveryOf({ idempotent, notIdempotentIn }: PumpDefinition): string {
  if (!idempotent) return 'at least once'
  return notIdempotentIn === undefined ? 'once' : `once (in ${notIdempotentIn}: at least once)`
}

/** Declares a pump, and that it keeps this version of the contract. */
export function definePump<const S extends OptionSchema>(definition: PumpDefinition<S>): PumpDefinition<S> {
  return { contract: PUMP_CONTRACT, ...definition }
}
