import { loadOptions, OptionsError } from '@pumphouse/options'
import type { PumpContext, PumpDefinition } from './define-pump.ts'
import type { Pump } from './pump.ts'

/**
 * Makes a pump from what stands under `meta:` in the YAML: checks it against the definition's options, fills in defaults. Does no I/O.
 * Throws OptionsError (PH_CONFIG_INVALID) with every problem.
 */
export function createPump(definition: PumpDefinition, meta: unknown, context: PumpContext): Pump {
  const { values, problems: loading } = loadOptions(definition.options, { values: meta, path: 'meta' })
  const problems = loading.length > 0 ? loading : (definition.validate?.(values) ?? [])
  if (problems.length > 0) throw new OptionsError(`options of the ${definition.type} pump`, problems)
  return definition.create(values, context)
}
