/** `pumphouse pumps`: the catalogue of pumps, from their declarations. */

import { resolve } from 'node:path'
import { describeOptions, formatProblem } from '@pumphouse/options'
import { builtInPumps, deliveryOf, type PumpDefinition } from '@pumphouse/pumps'
import { renderPumpYaml } from '../config/example.ts'
import { findPumpType } from '../config/pump-type.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { CommandSurroundings } from './surroundings.ts'

/**
 * Without `types` every built-in pump with its guarantee and the names of its options; with them each one's options as YAML to copy. A type can
 * also be ./a-file.js or a package, looked for from the current folder. With `json` the declarations. Exit 0; 1 when there is no such type.
 */
export async function showPumps(
  types: readonly string[],
  json: boolean,
  { print, complain }: CommandSurroundings,
): Promise<ExitCode> {
  const found = await Promise.all(types.map(type => findPumpType(type, { folder: resolve('.'), pluginDirs: [] }, type)))
  const problems = found.flatMap(one => ('problem' in one ? [one.problem] : []))
  for (const problem of problems) await complain(`pumps: ${formatProblem(problem)}\n`)
  if (problems.length > 0) return EXIT.failed
  const definitions =
    types.length === 0 ? builtInPumps : found.flatMap(one => ('problem' in one ? [] : [one.definition]))
  if (json) await print(`${JSON.stringify(definitions.map(declaration), null, 2)}\n`)
  else await print(types.length === 0 ? catalogue(definitions) : definitions.map(renderPumpYaml).join('\n'))
  return EXIT.ok
}

function declaration(definition: PumpDefinition): object {
  const { type, summary, provenOn = [] } = definition
  const options = describeOptions(definition.options).map(({ path, field }) => ({ path, ...field }))
  return { type, summary, delivers: deliveryOf(definition), provenOn, options }
}

function catalogue(definitions: readonly PumpDefinition[]): string {
  const entries = definitions.map(definition => {
    const { type, summary, provenOn = [] } = definition
    const options = describeOptions(definition.options).map(({ path }) => path)
    return [
      `${type}: delivers ${deliveryOf(definition)}`,
      `  ${summary}`,
      ...(provenOn.length === 0 ? [] : [`  proven on ${provenOn.join(', ')}`]),
      `  options: ${options.length === 0 ? 'none' : options.join(', ')}`,
    ]
  })
  const text = entries.map(lines => lines.join('\n')).join('\n\n')
  return `${text}\n\nThe options of a type, as YAML to copy: pumphouse pumps TYPE\n`
}
