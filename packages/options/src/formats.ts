/**
 * The formats an option may have, as convict custom formats. Their names carry a prefix because convict's table of formats is
 * shared by everything in the process, and the reporter is a guest in somebody else's.
 */

import type convict from 'convict'
import type { OptionField, OptionFormat } from './schema.ts'
import { formatDuration, formatSize, parseDuration, parseSize } from './units.ts'

const PREFIX = 'pumphouse:'
const HIGHEST_PORT = 65_535

interface ValueFormat {
  /** What may stand there, for a message. */
  expected(field: OptionField): string
  /** Whether a value written in a file or in code has the right type. Text from the environment is not asked. */
  accepts(value: unknown): boolean
  /** Reads text; gives the text back when it cannot be read, so that `valid` refuses it. */
  parse(text: string): unknown
  /** Whether the loaded value may be used. */
  valid(value: unknown, field: OptionField): boolean
}

const isString = (value: unknown): value is string => typeof value === 'string'
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const withinLimits = (value: number, field: OptionField) =>
  value >= (field.min ?? Number.NEGATIVE_INFINITY) && value <= (field.max ?? Number.POSITIVE_INFINITY)
const keep = (text: string) => text

const string: ValueFormat = {
  expected: field => ((field.min ?? 0) > 0 ? 'a text that is not empty' : 'a text'),
  accepts: isString,
  parse: keep,
  valid: (value, field) => isString(value) && withinLimits(value.length, field),
}

const boolean: ValueFormat = {
  expected: () => 'true or false',
  accepts: value => typeof value === 'boolean',
  parse: text => ({ true: true, '1': true, false: false, '0': false })[text.trim().toLowerCase()] ?? text,
  valid: value => typeof value === 'boolean',
}

const number: ValueFormat = {
  expected: field => `a number${limits(field, String)}`,
  accepts: isNumber,
  parse: text => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : text),
  valid: (value, field) => isNumber(value) && withinLimits(value, field),
}

const integer: ValueFormat = {
  ...number,
  expected: field => `a whole number${limits(field, String)}`,
  valid: (value, field) => Number.isSafeInteger(value) && withinLimits(value as number, field),
}

const port: ValueFormat = {
  ...number,
  expected: () => `a port from 0 to ${HIGHEST_PORT}`,
  valid: value => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= HIGHEST_PORT,
}

const duration = quantity('a duration with its unit, such as 10s (ms, s, m, h, d)', parseDuration, formatDuration)
const size = quantity('a size with its unit, such as 8MiB (B, KB, MB, GB, KiB, MiB, GiB)', parseSize, formatSize)

const url: ValueFormat = {
  expected: ({ schemes }) =>
    schemes === undefined ? 'a URL' : `a URL that begins with ${schemes.map(scheme => `${scheme}://`).join(' or ')}`,
  accepts: isString,
  parse: keep,
  valid: (value, { schemes }) => isString(value) && isUrl(value) && (schemes?.includes(schemeOf(value)) ?? true),
}

const strings: ValueFormat = {
  expected: () => 'a list of texts',
  accepts: value => Array.isArray(value) && value.every(isString),
  parse: text => text.split(',').map(part => part.trim()),
  valid: value => Array.isArray(value) && value.every(isString),
}

/** Any value, carried in a list of one: convict walks into objects and would lose keys that hold a dot. */
const json: ValueFormat = {
  expected: () => 'a value (in the environment: JSON)',
  accepts: () => true,
  parse: text => {
    try {
      return [JSON.parse(text)]
    } catch {
      return text
    }
  },
  valid: value => Array.isArray(value) && value.length === 1,
}

const choice: ValueFormat = {
  expected: field => `one of ${(field.format as readonly string[]).join(', ')}`,
  accepts: isString,
  parse: keep,
  valid: (value, field) => (field.format as readonly unknown[]).includes(value),
}

const FORMATS = { string, boolean, integer, number, duration, size, port, url, strings, json, choice }

/** The rules of an option's format. */
export function formatOf(format: OptionFormat): ValueFormat {
  return FORMATS[formatKey(format)]
}

/** An option's type in a few words, for documentation: `whole number, from 1 to 256`. */
export function typeName(field: OptionField): string {
  if (field.format === 'duration') return `duration${limits(field, formatDuration)}`
  if (field.format === 'size') return `size${limits(field, formatSize)}`
  if (field.format === 'integer') return `whole number${limits(field, String)}`
  if (field.format === 'number') return `number${limits(field, String)}`
  if (typeof field.format !== 'string') return field.format.join(' | ')
  return {
    boolean: 'true | false',
    port: 'port',
    url: 'URL',
    strings: 'list of texts',
    json: 'any value',
    string: 'text',
  }[field.format]
}

/** The name under which convict knows it. */
export function convictFormatName(format: OptionFormat): string {
  return PREFIX + formatKey(format)
}

/** Tells convict about the formats. They find in their schema node the `field` and a function `onInvalid` to report to. Doing it again changes nothing. */
export function registerFormats(registry: Pick<typeof convict, 'addFormat'>): void {
  for (const [key, format] of Object.entries(FORMATS)) {
    registry.addFormat({
      name: PREFIX + key,
      coerce: (text: string) => format.parse(text),
      validate: (value: unknown, node) => {
        const field: OptionField = node['field']
        if (format.valid(value, field)) return
        node['onInvalid']()
        throw new Error(`must be ${format.expected(field)}`)
      },
    })
  }
}

function formatKey(format: OptionFormat): keyof typeof FORMATS {
  return typeof format === 'string' ? format : 'choice'
}

function quantity(what: string, read: (text: string) => number, show: (value: number) => string): ValueFormat {
  return {
    expected: field => what + limits(field, show),
    accepts: value => isString(value) || value === 0,
    parse: text => {
      try {
        return read(text)
      } catch {
        return text
      }
    },
    valid: (value, field) => isNumber(value) && withinLimits(value, field),
  }
}

function limits(field: OptionField, show: (value: number) => string): string {
  if (field.min !== undefined && field.max !== undefined) return `, from ${show(field.min)} to ${show(field.max)}`
  if (field.min !== undefined) return `, at least ${show(field.min)}`
  return field.max === undefined ? '' : `, at most ${show(field.max)}`
}

function schemeOf(text: string): string {
  return text.slice(0, text.indexOf(':')).toLowerCase()
}

function isUrl(text: string): boolean {
  const [, authority] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#\s]*)\S*$/i.exec(text) ?? []
  if (authority === undefined) return false
  // A list of hosts (mongodb://a:1,b:2/) is no URL to the standard parser; its driver checks it.
  return authority.includes(',') || URL.canParse(text)
}
