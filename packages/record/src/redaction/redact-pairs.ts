/**
 * Names with values inside of a text: query strings and forms (`token=…`), lines of an HTTP head (`Cookie: …`), and JSON that cannot be parsed because it
 * was cut (`"password":"…`). Every `=` and `:` is looked at; the name before it is at most MAX_NAME characters long, so all of it takes time by
 * the length of the text.
 *
 * Where a value ends:   name=value     in a form at & or the end of the line: whatever else stands there may be part of it
 *                       name=value     elsewhere at & or a blank, and at what closes the text around it; in a URL also at #
 *                       name="value"   at the quote, but in a form and in a URL, where it is a character like others
 *                       name: value    at the end of the line
 *                       "name": value  at the end of the string, number or word; a list or map has no end: at that of the text
 *
 * In doubt a value is longer: `' ( ) ! * ~` are never encoded in URLs, and `; , #` not by everybody, so none of them ends a secret by itself.
 */
import { REDACTED } from './redact-rules.ts'

/** Longer names are no names. */
const MAX_NAME = 128

const SIGNS = /[=:]/g
const NAME_SIGN = /[\w.$%[\]+-]/
const QUOTE_SIGN = /["']/
const BLANK = /[ \t]/
/** The text begins with a name and `=`, as forms and queries do; a second pair behind a blank is none of a form: cookies, lines of a log. */
const FORM_START = /^[^\s"<>{}:/\\=]*=/
const PAIR_BEHIND_BLANK = /[ \t][\w.$%[\]+-]+=/
const FORM_END = /[&\r\n]|$/g
/** A quote closes only before the sign of a list, a map, a call or an element; `;` and `,` divide only before a blank. */
const PLAIN_END = /[&\s]|[;,](?=\s)|<\/|\\?"(?=[\s,;:}\]>)/+\\]|$)|$/g
const QUERY_END = new RegExp(`#|${PLAIN_END.source}`, 'g')
/** What stands before a name in a URL. */
const QUERY_SIGN = /[?&]/
/** A quoted value has its end where one of these is behind the quote. */
const AFTER_QUOTE = /[\s,;:&}\]>)/+\\"'#<]/
const JSON_WORD_END = /[,}\]\s\\]|$/g
const LINE_END = /[\r\n]|$/g
const BLANKS = /[ \t]*/y
const QUOTE = /\\?["']/y

/** How a list or a map begins; or lines that are indented below a name. */
const CONTAINER = /[ \t]*[{[]|\r?\n[ \t]+\S/y
const ENCODED_CONTAINER = /%7b|%5b/iy

/** What to do with a value. */
export interface Replacer {
  /** Only with one that is a list or a map, as it seems. */
  readonly containersOnly?: boolean
  replace(value: string): string
}

/** What to do with the value of this name: undefined leaves it as it is. `sign` is what stands between the two. */
export type ReplacerOf = (name: string, sign: '=' | ':') => Replacer | undefined

/** The text with the values of its pairs as `replacerOf` wants them. A value is only looked for when its name has a replacer. */
export function replacePairs(text: string, replacerOf: ReplacerOf): string {
  const inForm = isForm(text)
  let result = ''
  let done = 0
  SIGNS.lastIndex = 0
  for (let sign = SIGNS.exec(text); sign !== null; sign = SIGNS.exec(text)) {
    const at = sign.index
    if (at < done) continue
    const { name, quoted, before } = nameBefore(text, at, Math.max(done, at - MAX_NAME))
    if (name === '') continue
    const kind = sign[0] as '=' | ':'
    const replacer = replacerOf(decoded(name), kind)
    if (replacer === undefined) continue
    const value =
      kind === ':' ? afterColon(text, at + 1, quoted) : afterEquals(text, at + 1, inForm, QUERY_SIGN.test(before))
    const { start } = value
    // What was redacted before stays: its brackets would be read as those of a list.
    if (text.startsWith(REDACTED, start)) continue
    const end = replacer.containersOnly ? endOfContainer(text, value) : value.end()
    if (end === start) continue
    result += text.slice(done, start) + replacer.replace(text.slice(start, end))
    done = end
  }
  return done === 0 ? text : result + text.slice(done)
}

/** Whether all of the text is a form, as far as can be told: names and values, as in a query. */
export function isForm(text: string): boolean {
  return FORM_START.test(text) && !PAIR_BEHIND_BLANK.test(text)
}

/** The name that ends before `at`, and begins at `first` or later, and the character before it; with its quote, blanks or a backslash between the two. */
function nameBefore(
  text: string,
  at: number,
  first: number,
): { readonly name: string; readonly quoted: boolean; readonly before: string } {
  let end = at
  while (end > first && BLANK.test(text[end - 1]!)) end--
  const quoted = end > first && QUOTE_SIGN.test(text[end - 1]!)
  if (quoted) end -= text[end - 2] === '\\' ? 2 : 1
  let start = end
  while (start > first && NAME_SIGN.test(text[start - 1]!)) start--
  return { name: text.slice(start, end), quoted, before: text[start - 1] ?? '' }
}

/** Where a value begins, without its quote, and what finds its end. */
interface Value {
  readonly start: number
  /** Whether something closes it, whatever it is. */
  readonly isClosed: boolean
  end(): number
}

function afterEquals(text: string, from: number, inForm: boolean, inQuery: boolean): Value {
  if (inForm) return { start: from, isClosed: true, end: () => endOf(FORM_END, text, from, 'found') }
  if (inQuery) return { start: from, isClosed: false, end: () => endOf(QUERY_END, text, from, 'found') }
  // As files of settings have it: `name = value`.
  const afterBlanks = BLANK.test(text[from - 2] ?? '') ? endOf(BLANKS, text, from) : from
  const start = endOf(QUOTE, text, afterBlanks)
  if (start === afterBlanks) return { start, isClosed: false, end: () => endOf(PLAIN_END, text, start, 'found') }
  const quote = text.slice(afterBlanks, start)
  const end = (): number => {
    const closed = closing(text, start, quote)
    const next = text[closed + quote.length]
    return next === undefined || AFTER_QUOTE.test(next)
      ? closed
      : endOf(PLAIN_END, text, closed + quote.length, 'found')
  }
  return { start, isClosed: true, end }
}

function afterColon(text: string, from: number, quotedName: boolean): Value {
  const afterBlanks = endOf(BLANKS, text, from)
  const start = endOf(QUOTE, text, afterBlanks)
  if (start > afterBlanks) {
    return { start, isClosed: true, end: () => closing(text, start, text.slice(afterBlanks, start)) }
  }
  if (text[start] === '{' || text[start] === '[') return { start, isClosed: false, end: () => text.length }
  const end = quotedName ? JSON_WORD_END : LINE_END
  return { start, isClosed: false, end: () => endOf(end, text, start, 'found') }
}

/** Where a value ends that is to be replaced only if it is a list or a map; its start if it is none. Of one that nothing closes the end cannot be told. */
function endOfContainer(text: string, value: Value): number {
  if (endOf(CONTAINER, text, value.start) > value.start) return value.isClosed ? value.end() : text.length
  return endOf(ENCODED_CONTAINER, text, value.start) > value.start ? value.end() : value.start
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
