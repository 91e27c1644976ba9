/**
 * Finds what a source file imports, without a parser: comments are blanked first, then the four forms are matched.
 * Strings and templates are skipped over while comments are looked for, so a `//` inside a URL hides nothing.
 */

const tokens = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g

/** Blanks comments; keeps line breaks. @param {string} source */
export const withoutComments = source =>
  source.replace(tokens, token => (token.startsWith('/') ? token.replace(/[^\n]/g, ' ') : token))

const importForms = [
  // import … from 'x', export … from 'x' (never across another statement: no quote or semicolon between)
  /(?:^|[;\n])\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/g,
  // import 'x'
  /(?:^|[;\n])\s*import\s*['"]([^'"]+)['"]/g,
  // import('x'), require('x')
  /\b(?:import|require)\s*\(\s*['"]([^'"]+)['"]/g,
]

/**
 * Every module a source names, in no particular order, each once.
 * @param {string} source with or without comments
 * @returns {string[]}
 */
export const importsOf = source => {
  const code = withoutComments(source)
  const found = new Set()
  for (const form of importForms) for (const match of code.matchAll(form)) found.add(match[1])
  return [...found]
}
