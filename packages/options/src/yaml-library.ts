import { join } from 'node:path'

type Yaml = typeof import('yaml')

let loaded: Yaml | undefined

/**
 * The library that reads and writes YAML, loaded when there is any: an application that says its options in code and environment is spared 70 modules. Undefined where it is
 * not installed, as beside a bundle: there it is looked for from where the process was started.
 */
export function findYaml(): Yaml | undefined {
  loaded ??= load(() => import.meta.url) ?? load(() => join(process.cwd(), 'any.js'))
  return loaded
}

/** The same where it is known to be there, or its absence is an error like any. */
export function yaml(): Yaml {
  const library = findYaml()
  if (library === undefined) throw new Error('the package "yaml" is not installed')
  return library
}

/** Not by an import of node:module: bundlers follow what they see there, and complain of what they cannot. */
function load(from: () => string): Yaml | undefined {
  try {
    return process.getBuiltinModule('node:module').createRequire(from())('yaml')
  } catch {
    return undefined
  }
}
