/**
 * From the word behind `type:` to the definition of the pump. `./my-pump.js` is a file beside pump.yaml; a bare word is a built-in type, else a file
 * in one of `pluginDirs`, else an installed package. What is not built in is a plugin (plugin.ts).
 */

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isAbsolute, resolve } from 'node:path'
import { nearest, type Problem } from '@pumphouse/options'
import { builtInPumps, type PumpDefinition } from '@pumphouse/pumps'
import { importPlugin } from './plugin.ts'

/** Where plugins are looked for. */
export interface PluginPlaces {
  /** The folder of pump.yaml. */
  readonly folder: string
  /** More folders, relative to it; the first that has the plugin counts. */
  readonly pluginDirs: readonly string[]
}

/** What a type is: a definition, or what is wrong with it. A plugin's problem is one of that pump alone; an unknown type is a slip of the pen. */
export type FoundType =
  | { readonly definition: PumpDefinition; readonly plugin: boolean }
  | { readonly problem: Problem; readonly plugin: boolean }

/** Finds the definition, or says at `path` what is wrong. Never rejects. */
export async function findPumpType(type: string, places: PluginPlaces, path: string): Promise<FoundType> {
  const builtIn = builtInPumps.find(definition => definition.type === type)
  if (builtIn !== undefined) return { definition: builtIn, plugin: false }
  const file = isPath(type) ? resolve(places.folder, type) : findFile(type, places)
  if (file === undefined) return { problem: unknownType(type, path), plugin: false }
  const found = await importPlugin(file)
  if (typeof found !== 'string') return { definition: found, plugin: true }
  const expected = 'a module that exports `pump`, made by definePump of @pumphouse/pumps'
  return { problem: { path, found: `${JSON.stringify(type)}, ${found}`, expected }, plugin: true }
}

const isPath = (type: string): boolean => /^\.{0,2}\//.test(type)

const EXTENSIONS = ['.js', '.mjs', '/index.js', '/index.mjs']

function findFile(name: string, { folder, pluginDirs }: PluginPlaces): string | undefined {
  const isPlain = !name.split('/').includes('..')
  const places = isPlain ? pluginDirs.flatMap(dir => EXTENSIONS.map(end => resolve(folder, dir, name + end))) : []
  return places.find(file => existsSync(file)) ?? resolvePackage(name, folder)
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

function unknownType(type: string, path: string): Problem {
  const known = builtInPumps.map(definition => definition.type)
  const meant = nearest(type, known)
  const hint = meant === undefined ? {} : { hint: `did you mean "${meant}"?` }
  const expected = `one of ${known.join(', ')}, a ./file.js, one in pluginDirs, or an installed package`
  return { path, found: `an unknown type, ${JSON.stringify(type)}`, expected, ...hint }
}
