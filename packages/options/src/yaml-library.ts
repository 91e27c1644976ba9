import { createRequire } from 'node:module'
import { join } from 'node:path'

type Yaml = typeof import('yaml')

let loaded: Yaml | undefined

/**
 * The library that reads and writes YAML, loaded when there is any: it takes 9 MiB of memory, and an application that says its options in code and environment is spared them.
 * In a bundle it is looked for where the process was started. Throws where it is not installed.
 */
export function yaml(): Yaml {
  loaded ??= load()
  return loaded
}

function load(): Yaml {
  try {
    return createRequire(import.meta.url)('yaml')
  } catch {
    return createRequire(join(process.cwd(), 'package.json'))('yaml')
  }
}
