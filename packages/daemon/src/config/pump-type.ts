/** From the word behind `type:` to the definition of the pump: a built-in one, a file, or an installed package. */

import { createRequire } from 'node:module'
import { isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { nearest, type Problem } from '@pumphouse/options'
import { builtInPumps, type PumpDefinition } from '@pumphouse/pumps'

/** Finds the definition, or says at `path` what is wrong. Files and packages are looked for from `folder`. */
export async function findPumpType(type: string, folder: string, path: string): Promise<PumpDefinition | Problem> {
  const builtIn = builtInPumps.find(definition => definition.type === type)
  if (builtIn !== undefined) return builtIn
  const file = /^(\.{0,2}\/)/.test(type) ? resolve(folder, type) : resolvePackage(type, folder)
  if (file === undefined) return unknownType(type, path, 'an unknown type')
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(file).href)
    const definition = module['pump'] ?? module['default']
    if (isDefinition(definition)) return definition
    return unknownType(type, path, 'a module without a pump')
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n', 1)[0]! : 'it threw'
    return {
      path,
      found: `${JSON.stringify(type)}, which cannot be loaded: ${why}`,
      expected: 'a module that exports a pump',
    }
  }
}

/** Tells a problem from a definition. */
export function isProblem(found: PumpDefinition | Problem): found is Problem {
  return !('create' in found)
}

function resolvePackage(name: string, folder: string): string | undefined {
  try {
    const file = createRequire(resolve(folder, 'pump.yaml')).resolve(name)
    // The names of Node's own modules resolve to themselves.
    return isAbsolute(file) ? file : undefined
  } catch {
    return undefined
  }
}

function unknownType(type: string, path: string, what: string): Problem {
  const known = builtInPumps.map(definition => definition.type)
  const meant = nearest(type, known)
  const hint = meant === undefined ? {} : { hint: `did you mean "${meant}"?` }
  const expected = `one of ${known.join(', ')}, or a module that exports \`pump\``
  return { path, found: `${what}, ${JSON.stringify(type)}`, expected, ...hint }
}

function isDefinition(value: unknown): value is PumpDefinition {
  if (typeof value !== 'object' || value === null) return false
  const { type, options, create } = value as Partial<PumpDefinition>
  return typeof type === 'string' && typeof options === 'object' && options !== null && typeof create === 'function'
}
