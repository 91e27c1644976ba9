/** The declarations as JSON Schema (draft 7, which editors know): completion, documentation and a first check while somebody types. */

import { typeName } from './formats.ts'
import { isField, type OptionField, type OptionSchema } from './schema.ts'
import { formatDuration, formatSize, parseDuration, parseSize } from './units.ts'

/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>

const DURATION = '^(0|\\d+(\\.\\d+)? ?(ms|s|m|h|d))$'
const SIZE = '^(0|\\d+(\\.\\d+)? ?(B|KB|MB|GB|KiB|MiB|GiB))$'
const URL = '^[A-Za-z][A-Za-z0-9+.-]*://'
const HIGHEST_PORT = 65_535

/**
 * The schema of a section: what may stand there, and nothing else. What it lets pass can still be refused when it is loaded; what it refuses
 * would be. A secret that must be given is not required here, since it may come from the environment.
 */
export function renderJsonSchema(schema: OptionSchema): JsonSchema {
  const entries = Object.entries(schema)
  const required = entries.filter(([, node]) => isField(node) && node.required && !node.sensitive).map(([name]) => name)
  return {
    // A section whose every line is commented out is null in YAML.
    type: ['object', 'null'],
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(
      entries.map(([name, node]) => [name, isField(node) ? fieldSchema(node) : renderJsonSchema(node)]),
    ),
  }
}

function fieldSchema(field: OptionField): JsonSchema {
  const description = `${field.doc} [${typeName(field)}]`
  const mayBeAbsent = field.default === null && !field.required
  const value = valueSchema(field)
  return {
    description,
    ...(mayBeAbsent && Object.keys(value).length > 0 ? { anyOf: [value, { type: 'null' }] } : value),
    ...(field.default === null ? {} : { default: written(field) }),
  }
}

function valueSchema(field: OptionField): JsonSchema {
  const { format, min, max } = field
  const limits = { ...(min === undefined ? {} : { minimum: min }), ...(max === undefined ? {} : { maximum: max }) }
  if (typeof format !== 'string') return { enum: format }
  switch (format) {
    case 'string':
      return { type: 'string', ...(min === undefined ? {} : { minLength: min }) }
    case 'url':
      return { type: 'string', pattern: URL }
    case 'boolean':
      return { type: 'boolean' }
    case 'integer':
    case 'number':
      return { type: format, ...limits }
    case 'port':
      return { type: 'integer', minimum: 0, maximum: HIGHEST_PORT }
    case 'duration':
      return { type: ['string', 'integer'], pattern: DURATION, minimum: 0, maximum: 0 }
    case 'size':
      return { type: ['string', 'integer'], pattern: SIZE, minimum: 0, maximum: 0 }
    case 'strings':
      return { type: 'array', items: { type: 'string' } }
    case 'json':
      return {}
  }
}

/** A default as somebody would write it. */
function written({ format, default: value }: OptionField): unknown {
  const given = value as string | number
  if (format === 'duration') return formatDuration(parseQuantity(given, parseDuration))
  return format === 'size' ? formatSize(parseQuantity(given, parseSize)) : value
}

/** A number is one that was loaded already. */
function parseQuantity(value: string | number, parse: (text: string) => number): number {
  return typeof value === 'number' ? value : parse(value)
}
