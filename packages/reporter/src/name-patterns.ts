import { compileRegex } from '@pumphouse/record'

const SPECIAL = /[\\^$.|?+()[\]{}]/g

/**
 * Tells whether a name fits one of the patterns, in which `*` stands for any characters. Takes time by the length of the name, whatever
 * it is. Throws PH_CONFIG_INVALID for a pattern that is far too long.
 */
export function matchesAny(patterns: readonly string[]): (name: string) => boolean {
  const compiled = patterns.map(pattern => compileRegex(`^${pattern.replace(SPECIAL, '\\$&').replaceAll('*', '.*')}$`))
  return name => compiled.some(pattern => pattern.test(name))
}
