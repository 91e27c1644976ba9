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
 * A quote may have backslashes before it, as in a text in a text: it is closed by one with as many.
 *
 * In doubt a value is longer: `' ( ) ! * ~` are never encoded in URLs, and `; , #` not by everybody, so none of them ends a secret by itself.
 */
import { REDACTED } from './redact-rules.ts'

/** Longer names are no names. */
const MAX_NAME = 128

const SIGNS = /[=:]/g
const QUOTE_SIGN = /["']/
const BLANK = /[ \t]/

/** Kinds of characters, each a bit. */
const NAME_SIGN = 1
const BACKSLASH = 2
const LINE_BLANK = 4
const LINE_BREAK = 8
const kinds = Uint8Array.from({ length: 0x80 }, (_, code) => {
  const is = (kind: RegExp): number => Number(kind.test(String.fromCharCode(code)))
  return is(/[\w.$%[\]+-]/) * NAME_SIGN + is(/\\/) * BACKSLASH + is(BLANK) * LINE_BLANK + is(/[\r\n]/) * LINE_BREAK
})
/** The text begins with a name and `=`, as forms and queries do; a second pair behind a blank is none of a form: cookies, lines of a log. */
const FORM_START = /^[^\s"<>{}:/\\=]*=/
const PAIR_BEHIND_BLANK = /[ \t][\w.$%[\]+-]+=/
const FORM_END = /[&\r\n]|$/g
/** A quote closes only before the sign of a list, a map, a call or an element; `;` and `,` divide only before a blank. */
const PLAIN_END = /[&\s]|[;,](?=\s)|<\/|(?<!\\)\\*"(?=[\s,;:}\]>)/+\\]|$)|$/g
const QUERY_END = new RegExp(`#|${PLAIN_END.source}`, 'g')
/** What stands before a name in a URL. */
const QUERY_SIGN = /[?&]/
/** A quoted value has its end where one of these is behind the quote. */
const AFTER_QUOTE = /[\s,;:&}\]>)/+\\"'#<]/
const JSON_WORD_END = /[,}\]\s\\]|$/g
const LINE_END = /[\r\n]|$/g
/** In JSON: there is no value. */
const NULL = /null(?=[,}\]\s\\]|$)/y
const BLANKS = /[ \t]*/y
/** With a backslash before it in a text in a text, with three in one more. */
const QUOTE = /\\*["']/y
/** JSON may have line breaks beside its colons. */
const JSON_BLANKS = /\s*/y
const ESCAPED = /\\+u([0-9a-f]{4})/gi

/** How a list or a map begins; or lines that are indented below a name. */
const CONTAINER = /[ \t]*[{[]|\r?\n[ \t]+\S/y
const ENCODED_CONTAINER = /%7b|%5b/iy

/** A map may name its value in another: `{"name":"authorization","value":"…"}`. */
const LABELS: ReadonlySet<string> = new Set(['name', 'key'])
const VALUE = 'value'
const LABEL = /\s*\\*["']((?:[^"'\\]|\\+u[0-9a-f]{4}){1,128})\\*["']/iy

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
  /** What the value of a map is called that comes next. */
  let label: string | undefined
  SIGNS.lastIndex = 0
  for (let sign = SIGNS.exec(text); sign !== null; sign = SIGNS.exec(text)) {
    const at = sign.index
    if (at < done) continue
    const { name, quoted, before } = nameBefore(text, at, Math.max(done, at - MAX_NAME))
    if (name === '') continue
    const kind = sign[0] as '=' | ':'
    const plain = decoded(name, kind)
    const named = quoted && kind === ':'
    const replacer =
      (named && plain === VALUE && label !== undefined && replacerOf(label, kind)) || replacerOf(plain, kind)
    if (named && plain === VALUE) label = undefined
    else if (named && LABELS.has(plain)) label = labelAt(text, at + 1)
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

/** The name that ends before `at`, and begins at `first` or later, and the character before it; with its quote, blanks or backslashes between the two. */
function nameBefore(
  text: string,
  at: number,
  first: number,
): { readonly name: string; readonly quoted: boolean; readonly before: string } {
  const quote = startOf(LINE_BLANK | LINE_BREAK, text, at, first)
  if (quote > first && QUOTE_SIGN.test(text[quote - 1]!)) {
    const end = startOf(BACKSLASH, text, quote - 1, first)
    // A name may have escaped letters.
    const inside = unescaped(text.slice(startOf(NAME_SIGN | BACKSLASH, text, end, first), end))
    return { name: inside.slice(startOf(NAME_SIGN, inside, inside.length, 0)), quoted: true, before: '' }
  }
  const end = startOf(LINE_BLANK, text, at, first)
  const start = startOf(NAME_SIGN, text, end, first)
  return { name: text.slice(start, end), quoted: false, before: text[start - 1] ?? '' }
}

function labelAt(text: string, from: number): string | undefined {
  LABEL.lastIndex = from
  const label = LABEL.exec(text)?.[1]
  return label === undefined ? undefined : unescaped(label)
}

/** Where the characters of these kinds begin that end before `end`; at `first` or later. */
function startOf(ofKinds: number, text: string, end: number, first: number): number {
  let start = end
  while (start > first && (kinds[text.charCodeAt(start - 1)]! & ofKinds) !== 0) start--
  return start
}

/** A part of a string of JSON with its letters as they are meant. */
export function unescaped(part: string): string {
  return part.includes('\\u')
    ? part.replace(ESCAPED, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
    : part
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
  const afterBlanks = endOf(quotedName ? JSON_BLANKS : BLANKS, text, from)
  const start = endOf(QUOTE, text, afterBlanks)
  if (start > afterBlanks) {
    return { start, isClosed: true, end: () => closing(text, start, text.slice(afterBlanks, start)) }
  }
  if (text[start] === '{' || text[start] === '[') return { start, isClosed: false, end: () => text.length }
  if (quotedName && endOf(NULL, text, start) > start) return { start, isClosed: true, end: () => start }
  const end = quotedName ? JSON_WORD_END : LINE_END
  return { start, isClosed: false, end: () => endOf(end, text, start, 'found') }
}

/** Where a value ends that is to be replaced only if it is a list or a map; its start if it is none. Of one that nothing closes the end cannot be told. */
function endOfContainer(text: string, value: Value): number {
  if (endOf(CONTAINER, text, value.start) > value.start) return value.isClosed ? value.end() : text.length
  return endOf(ENCODED_CONTAINER, text, value.start) > value.start ? value.end() : value.start
}

/**
 * The next quote of this kind that is not escaped; a text that was cut has none. A quote with n backslashes is closed by one with n, or with 2 (n + 1) more for each
 * backslash that the value ends with.
 */
export function closing(text: string, from: number, quote: string): number {
  const own = quote.length - 1
  for (let at = text.indexOf(quote[own]!, from); at >= 0; at = text.indexOf(quote[own]!, at + 1)) {
    const slashes = at - startOf(BACKSLASH, text, at, from)
    if (slashes % (2 * quote.length) === own) return at - own
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

/** A name as it is meant: in queries and forms `+` is a blank. */
function decoded(name: string, sign: '=' | ':'): string {
  const spaced = sign === '=' && name.includes('+') ? name.replaceAll('+', ' ') : name
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}
