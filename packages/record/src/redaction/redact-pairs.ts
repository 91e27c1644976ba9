/**
 * Names with values inside of a text: query strings and forms (`token=…`), lines of an HTTP head (`Cookie: …`), and JSON that cannot be parsed because it
 * was cut (`"password":"…`). Every `=` and `:` is looked at; the name before it is at most MAX_NAME characters long, so all of it takes time by
 * the length of the text.
 *
 * Where a value ends:   name=value     at & ; , # < > ) ] } a quote or a blank;  name="value" at the quote
 *                       name: value    at the end of the line
 *                       "name": value  at the end of the string, number or word; a list or map that is cut has no end: at that of the text
 */
import { REDACTED } from './redact-rules.ts'

/** Longer names are no names. */
const MAX_NAME = 128

const SIGNS = /[=:]/g
const NAME_SIGN = /[\w.$%[\]+-]/
const QUOTE_SIGN = /["']/
const BLANK = /[ \t]/
const PLAIN_END = /[&;,#<>)\]}\s"'\\]|$/g
const JSON_WORD_END = /[,}\]\s\\]|$/g
const LINE_END = /[\r\n]|$/g
const BLANKS = /[ \t]*/y
const QUOTE = /\\?["']/y

/** What to do with the value of this name: undefined leaves it as it is. `sign` is what stands between the two. */
export type ReplacerOf = (name: string, sign: '=' | ':') => ((value: string) => string) | undefined

/** The text with the values of its pairs as `replacerOf` wants them. A value is only looked for when its name has a replacer. */
export function replacePairs(text: string, replacerOf: ReplacerOf): string {
  let result = ''
  let done = 0
  SIGNS.lastIndex = 0
  for (let sign = SIGNS.exec(text); sign !== null; sign = SIGNS.exec(text)) {
    const at = sign.index
    if (at < done) continue
    const { name, quoted } = nameBefore(text, at, Math.max(done, at - MAX_NAME))
    if (name === '') continue
    const kind = sign[0] as '=' | ':'
    const replace = replacerOf(decoded(name), kind)
    if (replace === undefined) continue
    const [start, end] = valueAfter(text, at + 1, kind, quoted)
    // What was redacted before stays: its brackets would be read as those of a list.
    if (end === start || text.startsWith(REDACTED, start)) continue
    result += text.slice(done, start) + replace(text.slice(start, end))
    done = end
  }
  return done === 0 ? text : result + text.slice(done)
}

/** The name that ends before `at`, and begins at `first` or later; with its quote, blanks or a backslash between the two. */
function nameBefore(text: string, at: number, first: number): { readonly name: string; readonly quoted: boolean } {
  let end = at
  while (end > first && BLANK.test(text[end - 1]!)) end--
  const quoted = end > first && QUOTE_SIGN.test(text[end - 1]!)
  if (quoted) end -= text[end - 2] === '\\' ? 2 : 1
  let start = end
  while (start > first && NAME_SIGN.test(text[start - 1]!)) start--
  return { name: text.slice(start, end), quoted }
}

/** Where the value begins and ends, without its quotes. */
function valueAfter(text: string, from: number, kind: '=' | ':', quotedName: boolean): [number, number] {
  const start = kind === ':' ? endOf(BLANKS, text, from) : from
  const afterQuote = endOf(QUOTE, text, start)
  if (afterQuote > start) return [afterQuote, closing(text, afterQuote, text.slice(start, afterQuote))]
  if (kind === '=') return [start, endOf(PLAIN_END, text, start, 'found')]
  if (text[start] === '{' || text[start] === '[') return [start, text.length]
  return [start, endOf(quotedName ? JSON_WORD_END : LINE_END, text, start, 'found')]
}

/** The next quote of this kind that is not escaped; a text that was cut has none. */
function closing(text: string, from: number, quote: string): number {
  for (let at = text.indexOf(quote, from); at >= 0; at = text.indexOf(quote, at + 1)) {
    let slashes = 0
    while (text[at - 1 - slashes] === '\\') slashes++
    if (slashes % 2 === 0) return at
  }
  return text.length
}

/** Where the expression ends that is read at `from`, or begins that is searched from there. */
function endOf(expression: RegExp, text: string, from: number, what: 'read' | 'found' = 'read'): number {
  expression.lastIndex = from
  const match = expression.exec(text)
  if (match === null) return from
  return what === 'found' ? match.index : match.index + match[0].length
}

function decoded(name: string): string {
  if (!name.includes('%')) return name
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
