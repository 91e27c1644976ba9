/** Redacts one value, whatever it is: walks lists and maps, and looks into texts and bytes. */
import { createHmac } from 'node:crypto'
import { MAX_VALUE_DEPTH } from '../codec/frame.ts'
import { compileRegex } from '../regex.ts'
import { isCardNumber, MIN_CARD_NUMBER } from './card-number.ts'
import type { Place, RedactAction } from './redact-path.ts'
import { querySecrets, REDACTED, type RedactRules } from './redact-rules.ts'
import { textRedactor } from './redact-text.ts'
import { isSecretName, plainName } from './secret-names.ts'

/** How many values were redacted, and how. */
export interface RedactCounts {
  masked: number
  removed: number
  hashed: number
  /** Masked because they could not be looked into. */
  failed: number
}

/** Applies rules to values. Nothing it is given is changed: what it redacts in, it copies. */
export interface ValueRedactor {
  /** The value at a place, the same one when it holds nothing to redact; undefined when it is removed. Never throws. */
  at(value: unknown, place: Place): unknown
  /** A name without the secrets in it. */
  name(name: string): string
}

/** Hex digits of a hash: 128 bits, which no two values share by chance. */
const HASH_DIGITS = 32
const REPLACED = /(\[redacted\])/
const REPLACED_OR_HASHED = /(\[redacted\]|hmac:[0-9a-f]{32})/
/** A name before its value in a list, as those of headers are; any other text says nothing of what follows it. */
const LISTED_NAME = /^[\w-]{1,64}$/

/** How gzip, zstd, zip, and zlib at its usual levels begin. */
const COMPRESSED = ['1f8b', '28b52ffd', '504b0304', '7801', '789c', '78da'].map(start => Buffer.from(start, 'hex'))

/** `root` is the place of the record. Throws PH_CONFIG_INVALID for a pattern that is none. */
export function valueRedactor(rules: RedactRules, root: Place, counts: RedactCounts): ValueRedactor {
  const defaults = rules.defaults !== false
  const redactText = textRedactor({
    defaults,
    hasQueryNames: (rules.query ?? []).length > 0,
    patterns: (rules.patterns ?? []).map(compileRegex),
    isQuerySecret: querySecrets(rules),
    replaced: rules.hashKey === undefined ? REPLACED : REPLACED_OR_HASHED,
    replacement,
    walk: (value, place) => inside(value, place, 0),
    failed,
  })

  function failed(): void {
    counts.failed++
  }

  function replacement(value: unknown, action: RedactAction): string {
    if (action === 'remove') {
      counts.removed++
      return ''
    }
    if (action === 'hash' && rules.hashKey !== undefined) {
      counts.hashed++
      return hash(value, rules.hashKey)
    }
    counts.masked++
    return REDACTED
  }

  /** The value at a place; undefined when it is removed. */
  function at(value: unknown, place: Place, depth: number): unknown {
    const { action } = place
    if (action === undefined || value === null || value === undefined || value === REDACTED)
      return inside(value, place, depth)
    if (action === 'keep') return typeof value === 'object' ? inside(value, place, depth) : value
    const replaced = replacement(value, action)
    return action === 'remove' ? undefined : replaced
  }

  /** The value, as far as no rule names the place itself. */
  function inside(value: unknown, place: Place, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        return redactText(value, place, depth === 0)
      case 'number':
      case 'bigint':
        if (!defaults || value < MIN_CARD_NUMBER || !isCardNumber(String(value))) return value
        return replacement(value, 'mask')
      case 'object':
        return value === null || value instanceof Date ? value : insideObject(value, place, depth)
      default:
        return value
    }
  }

  function insideObject(value: object, place: Place, depth: number): unknown {
    if (value instanceof Uint8Array) return insideBytes(value, place, depth === 0)
    if (depth >= MAX_VALUE_DEPTH) return unreadable(value)
    return Array.isArray(value) ? insideList(value, place, depth + 1) : insideMap(value, place, depth + 1)
  }

  function unreadable(value: unknown): string {
    counts.failed++
    return replacement(value, 'mask')
  }

  /** Byte for byte a text: whatever the encoding, what is written in ASCII is found. */
  function insideBytes(bytes: Uint8Array, place: Place, isAll: boolean): unknown {
    if (COMPRESSED.some(start => start.every((byte, index) => bytes[index] === byte))) return unreadable(bytes)
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
    const redacted = redactText(text, place, isAll)
    return redacted === text ? bytes : Uint8Array.from(Buffer.from(redacted, 'latin1'))
  }

  /** Also a list of names and values in turn, as raw headers are. */
  function insideList(values: readonly unknown[], place: Place, depth: number): unknown {
    let copy: unknown[] | undefined
    for (const [index, value] of values.entries()) {
      const named = defaults && typeof value === 'string' && isListedSecret(values[index - 1])
      const redacted = named ? replacement(value, 'mask') : inside(value, place, depth)
      if (redacted === value) continue
      copy ??= [...values]
      copy[index] = redacted
    }
    return copy ?? values
  }

  /** Also a map that names a value in another: `{ name: 'authorization', value: … }`. */
  function insideMap(map: object, place: Place, depth: number): unknown {
    const values = map as Readonly<Record<string, unknown>>
    const label = 'value' in values ? (values['name'] ?? values['key']) : undefined
    let copy: Record<string, unknown> | undefined
    for (const key of Object.keys(values)) {
      const value = values[key]
      const named = key === 'value' && typeof label === 'string' ? place.child(label) : undefined
      const child = named?.action === undefined ? place.child(key) : named
      const redacted = at(value, child, depth)
      const name = child.action === 'keep' ? key : redactText(key, root)
      if (redacted === value && name === key) continue
      copy ??= { ...values }
      if (redacted === undefined || name !== key) delete copy[key]
      if (redacted !== undefined) copy[name] = redacted
    }
    return copy ?? map
  }

  return {
    at(value, place) {
      try {
        return at(value, place, 0)
      } catch {
        return unreadable(value)
      }
    },
    name: name => redactText(name, root),
  }
}

function isListedSecret(before: unknown): boolean {
  return typeof before === 'string' && LISTED_NAME.test(before) && isSecretName(plainName(before))
}

function hash(value: unknown, key: string): string {
  const text =
    typeof value === 'string'
      ? value
      : JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part))
  return `hmac:${createHmac('sha256', key).update(text).digest('hex').slice(0, HASH_DIGITS)}`
}
