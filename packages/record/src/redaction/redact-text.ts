/**
 * Secrets inside of a text: in pairs of names and values (redact-pairs.ts), and those that show by themselves: `Bearer …` and `Basic …`, JSON Web
 * Tokens, the password of a URL, card numbers, and what the patterns of the rules find. JSON is parsed where it can be, and walked like any value;
 * Base64 and percent-encoding are looked into (redact-encodings.ts).
 *
 * Most texts hold nothing of this, and one look tells (suspicion.ts). The expressions here take time by the length of the text: none has two ways to read a
 * character, and none can begin inside of what it would read.
 */

import type { Regex } from '../regex.ts'
import { replaceCardNumbers } from './card-number.ts'
import { insideBase64, insidePercents, isBase64 } from './redact-encodings.ts'
import { replacePairs } from './redact-pairs.ts'
import type { Place, RedactAction } from './redact-path.ts'
import { isSecretQueryName, plainNames } from './secret-names.ts'
import { isSuspicious } from './suspicion.ts'

/** What rules that name something can be about: pairs, and JSON. */
const MAY_HOLD_NAMES = /[=:{[]/
const CREDENTIALS = /\b(bearer|basic)((?:[ \t+]|%20){1,8})([A-Za-z0-9._~+/=-]+)/gi
const JSON_WEB_TOKEN = /(?<![\w-])eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)*/g
const URL_PASSWORD = /:\/\/([^\s/?#@:]*):([^\s/?#@]*)@/g
/** An element of XML and the text it begins with. */
const ELEMENT = /(<([\w:.-]{1,128})(?:\s[^<>]*)?>)([^<]+)/g
const STARTS_JSON = /^\s*[{[]/

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

/** The text at this place without its secrets. */
export type RedactText = (text: string, place: Place) => string

export function textRedactor(rules: TextRules): RedactText {
  const mask = (value: string): string => rules.replacement(value, 'mask')
  let around = 0

  function redactText(text: string, place: Place): string {
    return rules.patterns.reduce(maskFound, searched(text, place))
  }

  /** The text without what is found by names, and by what secrets look like. */
  function searched(text: string, place: Place): string {
    if (rules.defaults && around < MAX_INSIDE && isBase64(text)) {
      const redacted = deeper(() => insideBase64(text, content => redactText(content, place)))
      if (redacted !== text) return redacted
    }
    const isNamed = (place.ruled || rules.hasQueryNames) && MAY_HOLD_NAMES.test(text)
    if (!isNamed && !(rules.defaults && isSuspicious(text))) return text
    if (STARTS_JSON.test(text)) {
      const json = redactJson(text, place)
      if (json !== text) return json
    }
    const redacted = redactFound(text, place)
    return around < MAX_INSIDE
      ? deeper(() => insidePercents(redacted, content => redactText(content, place)))
      : redacted
  }

  /** What stands in place of a value stays: it would be masked in part, and counted again. */
  function maskFound(text: string, pattern: Regex): string {
    const parts = text.split(rules.replaced)
    return parts.map((part, index) => (index % 2 === 0 ? pattern.replaceAll(part, mask) : part)).join('')
  }

  /** The text itself when nothing was found by walking it, or when it cannot be parsed: then it is searched like any text. */
  function redactJson(text: string, place: Place): string {
    const value = around < MAX_INSIDE ? parsed(text) : undefined
    if (value === undefined) return place.inside ? unreadable(text) : text
    const redacted = deeper(() => rules.walk(value, place))
    // Of a key that stands there twice only the last was walked. Where rules name paths, what goes on is what was walked.
    return redacted === value && !place.inside ? text : JSON.stringify(redacted)
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

  function redactFound(text: string, place: Place): string {
    const pairs = text.includes('=') || text.includes(':')
    let redacted = pairs ? replacePairs(text, (name, sign) => replacerOf(name, sign, place)) : text
    if (text.includes('</')) {
      redacted = redacted.replace(ELEMENT, (all, start: string, name: string, value: string) => {
        const replace = value.trim() === '' ? undefined : replacerOf(name.slice(name.lastIndexOf(':') + 1), ':', place)
        return replace === undefined ? all : start + replace(value)
      })
    }
    if (!rules.defaults) return redacted
    return replaceCardNumbers(
      redacted
        .replace(CREDENTIALS, (all, scheme: string, blank: string, value: string) =>
          isCredential(value) ? `${scheme}${blank}${mask(value)}` : all,
        )
        .replace(JSON_WEB_TOKEN, mask)
        .replace(URL_PASSWORD, (_, user: string, password: string) => `://${user}:${mask(password)}@`),
      mask,
    )
  }

  function replacerOf(name: string, sign: '=' | ':', place: Place): ((value: string) => string) | undefined {
    const { action } = place.child(name)
    if (action === 'keep') return undefined
    if (action !== undefined) return value => rules.replacement(value, action)
    if (sign === ':') return undefined
    const isSecret = plainNames(name).some(
      plain => rules.isQuerySecret(plain) || (rules.defaults && isSecretQueryName(plain)),
    )
    return isSecret ? mask : undefined
  }

  return redactText
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
