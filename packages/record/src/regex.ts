/**
 * Regular expressions for patterns and texts that nobody vouches for: a policy's pattern comes from a configuration, the text from a
 * request. The engine is RE2's (re2js): automata instead of backtracking, so the time a match takes grows with the length of the
 * text and with nothing else. Its syntax is RE2's: that of JavaScript without lookaround and backreferences, with `(?i)` for "any case".
 */

import { RE2JS } from 're2js'
import { PumphouseError } from './errors.ts'

/** A compiled pattern. Neither call can take longer than a time that is proportional to the text. */
export interface Regex {
  /** As it was written. */
  readonly source: string
  /** Whether it is found anywhere in the text; `^` and `$` anchor it. */
  test(text: string): boolean
  /** The text with every place it is found at replaced; a replacement text stands for itself, `$1` too. */
  replaceAll(text: string, replacement: string | ((found: string) => string)): string
}

/** Longer patterns are no patterns but data, and compiling takes time by length. */
const MAX_SOURCE_LENGTH = 1_000

/** Compiles a pattern. Throws PH_CONFIG_INVALID, saying what is wrong with it. */
export function compileRegex(source: string): Regex {
  const engine = compile(source)
  return {
    source,
    test: text => engine.test(text),
    replaceAll(text, replacement) {
      if (!engine.test(text)) return text
      const replace = typeof replacement === 'string' ? () => replacement : (found: string) => replacement(found)
      return engine.matcher(text).replaceAll(replace)
    },
  }
}

function compile(source: string): RE2JS {
  if (source.length > MAX_SOURCE_LENGTH) {
    throw new PumphouseError('PH_CONFIG_INVALID', `a regular expression of ${source.length} characters is too long`)
  }
  try {
    return RE2JS.compile(source)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new PumphouseError('PH_CONFIG_INVALID', why, { cause: error })
  }
}
