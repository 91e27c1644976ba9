/**
 * Secrets inside of a text: in pairs of names and values (redact-pairs.ts), in elements of XML (redact-elements.ts), and those that show by themselves: `Bearer …` and `Basic …`, JSON Web
 * Tokens, the password of a URL, card numbers, and what the patterns of the rules find. JSON is parsed where it can be, and walked like any value;
 * Base64 and percent-encoding are looked into (redact-encodings.ts).
 *
 * A path of the rules can be followed through JSON and through the names of a form, and through nothing else. So a body of another kind is masked as a whole when a path
 * names it and goes on in it; of any other text what stands under a name in which a path goes on.
 *
 * Most texts hold nothing of this, and one look tells (suspicion.ts). The expressions here take time by the length of the text: none has two ways to read a
 * character, and none can begin inside of what it would read.
 */

import type { Regex } from '../regex.ts'
import { insideBase64Words } from './base64-words.ts'
import { replaceCardNumbers } from './card-number.ts'
import { holdsElement, replaceElements } from './redact-elements.ts'
import { insideBase64, insidePercents, isBase64 } from './redact-encodings.ts'
import { replaceListed } from './redact-lists.ts'
import { isForm, type Replacer, replacePairs } from './redact-pairs.ts'
import { goesOn, type Place, type RedactAction } from './redact-path.ts'
import { REDACTED } from './redact-rules.ts'
import { isSecretQueryName, plainNames } from './secret-names.ts'
import { isSuspicious } from './suspicion.ts'

/** What rules that name something can be about: pairs, JSON, elements, and what is percent-encoded. */
const MAY_HOLD_NAMES = /[=:{[<%]/
/** Lines may be those of a table, whose names are in the first one. */
const MAY_BE_STRUCTURED = /[=:{[<%\r\n]/
const CREDENTIALS = /\b(bearer|basic)((?:[ \t+]|%20){1,8})([A-Za-z0-9._~+/=-]+)/gi
const JSON_WEB_TOKEN = /(?<![\w-])eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)*/g
const URL_PASSWORD = /:\/\/([^\s/?#@:]*):([^\s/?#@]*)@/g
/** In a text that was cut before the `@`; what may be a port is none. */
const CUT_URL_PASSWORD = /:\/\/([^\s/?#@:[\]]*):(?!\d{0,5}(?:[,;)\]}]|\.?$))([^\s/?#@"'<>\\]+)$/
/** Also of one text, which may hold JSON again. */
const STARTS_JSON = /^\s*[{["]/
const STARTS_CONTAINER = /^\s*[{[]/

/** `Bearer` and `Basic` are words too: what follows is a credential when it is long, or holds a digit. */
const MIN_CREDENTIAL = 16
/** A text inside of a text inside of … : deeper it is only searched as it stands. */
const MAX_INSIDE = 3

/** What the search of texts needs. */
export interface TextRules {
  /** Whether secrets that need no rule are looked for. */
  readonly defaults: boolean
  /** Whether the rules name values of query strings. */
  readonly hasQueryNames: boolean
  readonly patterns: readonly Regex[]
  isQuerySecret(plain: string): boolean
  /** What stands in place of a value. Counts it. */
  replacement(value: string, action: RedactAction): string
  /** Finds what stands in place of values, as its one group. */
  readonly replaced: RegExp
  /** Walks what a JSON text holds. */
  walk(value: unknown, place: Place): unknown
  /** Counts a text that could not be looked into. */
  failed(): void
}

/** The text at this place without its secrets. `isAll` says that it is all there is, as a body is, and not an element of something. */
export type RedactText = (text: string, place: Place, isAll?: boolean) => string

export function textRedactor(rules: TextRules): RedactText {
  const mask = (value: string): string => rules.replacement(value, 'mask')
  let around = 0

  function redactText(text: string, place: Place, isAll = false): string {
    return rules.patterns.reduce(maskFound, searched(text, place, isAll))
  }

  /** The text without what is found by names, and by what secrets look like. */
  function searched(text: string, place: Place, isAll: boolean): string {
    if (text === REDACTED) return text
    if ((rules.defaults || place.ruled) && around < MAX_INSIDE && isBase64(text)) {
      const redacted = deeper(() => insideBase64(text, content => redactText(content, place)))
      if (redacted !== text) return redacted
    }
    const isBody = isAll && place.structured && MAY_BE_STRUCTURED.test(text.trim())
    const isNamed = isBody || ((place.ruled || rules.hasQueryNames) && MAY_HOLD_NAMES.test(text))
    if (!isNamed && !(rules.defaults && isSuspicious(text))) return text
    const value = around < MAX_INSIDE && STARTS_JSON.test(text) ? parsed(text) : undefined
    if (value === undefined) {
      if ((place.inside && STARTS_CONTAINER.test(text)) || (isBody && !isForm(text))) return unreadable(text)
    } else {
      const json = walked(text, value, place)
      if (json !== text) return json
    }
    const redacted = redactFound(text, place, value === undefined)
    if (around >= MAX_INSIDE) return redacted
    const redact = (content: string): string => redactText(content, place)
    return deeper(() => insidePercents(insideBase64Words(redacted, redact), redact))
  }

  /** What stands in place of a value stays: it would be masked in part, and counted again. */
  function maskFound(text: string, pattern: Regex): string {
    const parts = text.split(rules.replaced)
    return parts.map((part, index) => (index % 2 === 0 ? pattern.replaceAll(part, mask) : part)).join('')
  }

  /** The text itself when nothing was found by walking what it holds: then it is searched like any text. */
  function walked(text: string, value: unknown, place: Place): string {
    const redacted = deeper(() => rules.walk(value, place))
    // Of a key that stands there twice only the last was walked. Where rules name paths, what goes on is what was walked.
    return redacted === value && !place.inside && !(place.ruled && mayHide(text, place))
      ? text
      : JSON.stringify(redacted)
  }

  function deeper<T>(step: () => T): T {
    around++
    try {
      return step()
    } finally {
      around--
    }
  }

  /** A rule names what may be in it, and nobody can tell where. */
  function unreadable(text: string): string {
    rules.failed()
    return mask(text)
  }

  /** `follows`: also names of which a path goes on inside are looked for. Of what was walked nothing more of that is to be found. */
  function redactFound(text: string, place: Place, follows: boolean): string {
    const pairs = text.includes('=') || text.includes(':')
    let redacted = pairs ? replacePairs(text, (name, sign) => replacerOf(name, sign, place, follows)) : text
    if (text.includes('<')) {
      if (follows && holdsElement(text, name => goesOn(place, place.child(name)))) return unreadable(text)
      redacted = replaceElements(redacted, name => replacerOf(name, ':', place, false))
    }
    if (!rules.defaults) return redacted
    if (follows) redacted = replaceListed(redacted, mask)
    return replaceCardNumbers(
      redacted
        .replace(CREDENTIALS, (all, scheme: string, blank: string, value: string) =>
          isCredential(value) ? `${scheme}${blank}${mask(value)}` : all,
        )
        .replace(JSON_WEB_TOKEN, mask)
        .replace(URL_PASSWORD, (_, user: string, password: string) => `://${user}:${mask(password)}@`)
        .replace(CUT_URL_PASSWORD, (all, user: string, password: string) =>
          password === REDACTED ? all : `://${user}:${mask(password)}`,
        ),
      mask,
    )
  }

  function replacerOf(name: string, sign: '=' | ':', place: Place, follows: boolean): Replacer | undefined {
    const child = place.child(name)
    const { action } = child
    if (action === 'keep') return undefined
    if (action !== undefined) return { replace: value => rules.replacement(value, action) }
    const isSecret =
      sign === '=' &&
      plainNames(name).some(plain => rules.isQuerySecret(plain) || (rules.defaults && isSecretQueryName(plain)))
    if (isSecret) return { replace: mask }
    return follows && goesOn(place, child) ? { containersOnly: true, replace: unreadable } : undefined
  }

  return redactText
}

/** Whether a name in which a path goes on may stand in this JSON, and so twice. */
function mayHide(text: string, place: Place): boolean {
  let isReached = text.includes('\\u')
  replacePairs(text, name => {
    isReached ||= goesOn(place, place.child(name))
    return undefined
  })
  return isReached
}

function isCredential(value: string): boolean {
  return value.length >= MIN_CREDENTIAL || /\d/.test(value)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
