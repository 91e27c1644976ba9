/**
 * Regular expressions for patterns and texts that nobody vouches for: a policy's pattern comes from a configuration, the text from a
 * request. The engine is RE2's (re2js): automata instead of backtracking, so the time a match takes grows with the length of the
 * text and with nothing else. Its syntax is RE2's: that of JavaScript without lookaround and backreferences, with `(?i)` for "any case".
 */

import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'
import { PumphouseError } from './errors.ts'

/** A compiled pattern. Neither call can take longer than a time that is proportional to the text. */
export interface Regex {
  /** As it was written. */
  readonly source: string
  /** Whether it is found anywhere in the text; `^` and `$` anchor it. */
  test(text: string): boolean
  /** The text with every place it is found at replaced; a replacement text stands for itself, `$1` too. */
  replaceAll(text: string, replacement: string | ((found: string) => string)): string
  /** Whether it also finds the empty text, as `x*` and `\b` do: then it finds something in every text. */
  findsEmpty(): boolean
}

/** What may be asked of the place of an empty text, `^`, `$`, `\B` and `\b`, is true of one in these. */
const TEXTS_WITH_EMPTY = ['', '_']

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
    findsEmpty: () =>
      TEXTS_WITH_EMPTY.some(text => {
        const matcher = engine.matcher(text)
        while (matcher.find()) if (matcher.start() === matcher.end()) return true
        return false
      }),
  }
}

type Engine = typeof import('re2js')

/** There in CommonJS, into which bundlers turn this, and in what esbuild makes of ES modules. */
declare const require: ((name: string) => unknown) | undefined

let engine: Engine | undefined

/**
 * Loaded with the first pattern: it takes 7 ms and more of a start, and most who have this room compile none. At once, as patterns are refused where they are given. Both calls
 * name it in a text, so that a bundle has it: esbuild follows the first, webpack the second.
 */
function loadEngine(): Engine {
  try {
    if (typeof require === 'function') return require('re2js') as Engine
  } catch {
    // A `require` of somebody else, who does not have it.
  }
  return createRequire(import.meta.url)('re2js') as Engine
}

function compile(source: string): RE2JS {
  if (source.length > MAX_SOURCE_LENGTH) {
    throw new PumphouseError('PH_CONFIG_INVALID', `a regular expression of ${source.length} characters is too long`)
  }
  engine ??= loadEngine()
  try {
    return engine.RE2JS.compile(source)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new PumphouseError('PH_CONFIG_INVALID', why, { cause: error })
  }
}
