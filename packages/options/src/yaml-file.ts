/**
 * Reads a YAML 1.2 file into plain values, and keeps where each key stands so that a problem can name its line. Whatever is wrong
 * with the file is a problem in the list, said without quoting the file: its lines may hold secrets.
 */

import { readFileSync, statSync } from 'node:fs'
import type { Document, YAMLError } from 'yaml'
import type { Problem } from './problems.ts'
import { findYaml, yaml } from './yaml-library.ts'

export interface YamlDocument {
  /** {} when there are problems. */
  readonly values: unknown
  readonly problems: readonly Problem[]
  /** 1-based line of the key at a path (`pumps.audit.batch`), or of the nearest section above it that is there. */
  lineOf(path: string): number | undefined
}

/** A configuration is a few kilobytes; a bigger file is a mistake. */
const MAX_FILE_BYTES = 1024 * 1024
/** A configuration has some ten levels. What nests deeper than the stack would end the process: the engine compiles no regular expression at its end. */
const MAX_DEPTH = 100
/** Aliases may not unfold to more nodes than this times their number: a "billion laughs" file stops here. */
const MAX_ALIASES = 100

/** Reads a YAML file. A missing, empty, unreadable or malformed file and a duplicate key are problems, not exceptions. */
export function readYamlFile(file: string): YamlDocument {
  const text = readText(file)
  return typeof text === 'string' ? parseYaml(text) : withoutValues([text])
}

/** The same for a text that is already there. */
export function parseYaml(text: string): YamlDocument {
  if (findYaml() === undefined) return withoutValues([NO_LIBRARY])
  if (nestsTooDeep(text)) return withoutValues([TOO_DEEP])
  const { LineCounter, parseDocument } = yaml()
  const lines = new LineCounter()
  const lineAt = (offset: number | undefined) => (offset === undefined ? undefined : lines.linePos(offset).line)
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true })
    const problems = [...document.errors, ...document.warnings].map(error =>
      fromYamlError(error, text, lineAt(error.pos[0])),
    )
    const lineOf = (path: string) => lineAt(offsetOf(document.contents, path))
    problems.push(...unresolvedAliases(document, lineAt))
    if (problems.length > 0) return { ...withoutValues(problems), lineOf }
    const values = toValues(document)
    if (values === null || values === undefined) {
      return withoutValues([{ path: '', found: 'an empty document', expected: 'options in YAML, such as "pumps:"' }])
    }
    return { values, problems, lineOf }
  } catch (error) {
    if (!(error instanceof ReferenceError)) return withoutValues([TOO_DEEP])
    return withoutValues([{ path: '', found: 'aliases that unfold without end', expected: 'a plain configuration' }])
  }
}

const NO_LIBRARY: Problem = {
  path: '',
  found: 'a YAML file, and no package "yaml" to read it with',
  expected: 'that package installed where the process is started, or options in code or environment',
}

const TOO_DEEP: Problem = {
  path: '',
  found: 'nesting that is too deep',
  expected: `a plain configuration, of ${MAX_DEPTH} levels at most`,
}

/** The parser of tokens keeps its levels in a list, where that of documents calls itself. */
function nestsTooDeep(text: string): boolean {
  const { Lexer, Parser } = yaml()
  const parser = new Parser()
  for (const lexeme of new Lexer().lex(text)) {
    // It goes on as far as somebody takes what it found.
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > MAX_DEPTH) return true
  }
  return false
}

function unresolvedAliases(document: Document, lineAt: (offset: number | undefined) => number | undefined): Problem[] {
  const { isAlias, isNode, visit } = yaml()
  const anchors = new Set<string>()
  const problems: Problem[] = []
  visit(document, (_, node) => {
    if (isAlias(node)) {
      const line = lineAt(node.range?.[0])
      const problem = { path: '', found: 'an alias without its anchor', expected: 'the anchor before the alias' }
      if (!anchors.has(node.source)) problems.push(line === undefined ? problem : { ...problem, line })
    } else if (isNode(node) && 'anchor' in node && typeof node.anchor === 'string') {
      anchors.add(node.anchor)
    }
  })
  return problems
}

function toValues(document: Document): unknown {
  return document.toJS({ maxAliasCount: MAX_ALIASES })
}

function withoutValues(problems: readonly Problem[]): YamlDocument {
  return { values: {}, problems, lineOf: () => undefined }
}

function readText(file: string): string | Problem {
  const expected = 'a readable YAML file'
  try {
    const stats = statSync(file)
    if (stats.isDirectory()) return { path: '', found: `${file}, which is a directory`, expected }
    if (stats.size > MAX_FILE_BYTES)
      return { path: '', found: `a file of ${stats.size} bytes`, expected: `at most ${MAX_FILE_BYTES}` }
    const text = readFileSync(file, 'utf8')
    if (text.trim() !== '') return text
    return { path: '', found: 'an empty file', expected: 'options in YAML, such as "pumps:"' }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const why =
      code === 'ENOENT'
        ? 'no such file'
        : code === 'EACCES'
          ? 'no permission to read it'
          : `it cannot be read (${code})`
    return { path: '', found: why, expected: `${expected} at ${file}` }
  }
}

/** What the parser's codes mean to somebody who looks at the file. The rest is explained by the first words of its own message. */
const EXPLANATIONS: Readonly<Record<string, readonly [found: string, expected: string]>> = {
  DUPLICATE_KEY: ['a key a second time', 'each key once in its section'],
  TAB_AS_INDENT: ['a tab in the indentation', 'spaces'],
  BAD_INDENT: ['a wrong indentation', 'the same indentation for keys of one section'],
  MULTIPLE_DOCS: ['a second document', 'one document'],
  TAG_RESOLVE_FAILED: ['an unknown tag', 'plain values without tags'],
  MISSING_CHAR: ['a missing character (a colon, a comma, a quote or a bracket)', 'valid YAML'],
  MULTILINE_IMPLICIT_KEY: ['a key over several lines (often a missing colon)', 'key: value'],
  BLOCK_AS_IMPLICIT_KEY: ['a second colon on the line', 'key: value, with the value in quotes when it holds a colon'],
}

function fromYamlError(error: YAMLError, text: string, line: number | undefined): Problem {
  // The parser quotes the file behind a colon or another mark; only what comes before is its own.
  const words = error.message.split(/[:"'`%@]/, 1)[0]!.trim()
  const [explained, expected] = EXPLANATIONS[error.code] ?? [words === '' ? error.code : words, 'valid YAML']
  const found = error.code === 'DUPLICATE_KEY' ? `the key "${keyAt(text, error.pos[0])}" a second time` : explained
  return { path: '', found, expected, ...(line === undefined ? {} : { line }) }
}

function keyAt(text: string, offset: number): string {
  return /^[^:\r\n]{0,64}/.exec(text.slice(offset))![0].trim()
}

function offsetOf(node: unknown, path: string): number | undefined {
  const { isMap, isScalar } = yaml()
  if (!isMap(node)) return undefined
  for (const pair of node.items) {
    if (!isScalar(pair.key)) continue
    const key = String(pair.key.value)
    const here = pair.key.range?.[0]
    if (key === path) return here
    // A key may itself hold dots, so the path is matched from its beginning, not split.
    if (path.startsWith(`${key}.`)) return offsetOf(pair.value, path.slice(key.length + 1)) ?? here
  }
  return undefined
}
