/** The declarations as documents: a YAML file with every option and what it means, and a table for the reference pages. */

import { describeOptions, environmentName } from './describe.ts'
import { typeName } from './formats.ts'
import { isField, type OptionField, type OptionSchema } from './schema.ts'
import { yaml } from './yaml-library.ts'

/** Comments are wrapped so that a line with its indentation stays readable in a terminal. */
const LINE_WIDTH = 110
const INDENT = '  '

/**
 * The lines of a YAML file that shows every option: its meaning, type and environment variable as comments above it, and its default
 * (or its example, where the declaration has one) as its value. An option that may be absent is commented out.
 */
export function renderYaml(
  schema: OptionSchema,
  source: { readonly envPrefix?: string; readonly indent?: number } = {},
): string[] {
  const margin = INDENT.repeat(source.indent ?? 0)
  return Object.entries(schema).flatMap(([name, node]) => {
    const env = source.envPrefix === undefined ? undefined : environmentName(source.envPrefix, name)
    if (isField(node)) return [...commentLines(node, node.env ?? env, margin), `${margin}${renderOption(name, node)}`]
    const nested = { indent: (source.indent ?? 0) + 1, ...(env === undefined ? {} : { envPrefix: env }) }
    return [`${margin}${name}:`, ...renderYaml(node, nested)]
  })
}

/** A Markdown table of every option, a line each. */
export function renderReference(schema: OptionSchema, envPrefix?: string): string {
  const rows = describeOptions(schema, envPrefix).map(({ path, env, field }) => {
    const variable = env === undefined ? '' : `\`${env}\`${field.sensitive ? ' (or `_FILE`)' : ''}`
    return [
      `\`${path}\``,
      typeName(field).replaceAll('|', '\\|'),
      defaultWords(field),
      variable,
      field.doc.replaceAll('|', '\\|'),
    ]
  })
  const table = [['option', 'type', 'default', 'environment', 'meaning'], ['---', '---', '---', '---', '---'], ...rows]
  return table.map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

/** Text as comment lines of at most the usual width. */
export function renderComment(text: string, indent = 0): string[] {
  const margin = `${INDENT.repeat(indent)}# `
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && margin.length + line.length + 1 + word.length > LINE_WIDTH) {
      lines.push(margin + line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, margin + line]
}

function commentLines(field: OptionField, env: string | undefined, margin: string): string[] {
  const remarks = [typeName(field)]
  if (field.example !== undefined && field.default !== null) remarks.push(`default ${renderValue(field.default)}`)
  if (field.required) remarks.push('required')
  if (env !== undefined) remarks.push(field.sensitive ? `${env} or ${env}_FILE` : env)
  const indent = margin.length / INDENT.length
  return [...renderComment(field.doc, indent), `${margin}# [${remarks.join('; ')}]`]
}

function renderOption(name: string, field: OptionField): string {
  const shown = field.example ?? field.default
  if (shown === null) return `# ${name}:`
  const line = `${name}: ${renderValue(shown)}`
  return field.default === null && !field.required ? `# ${line}` : line
}

/** A value as YAML on one line: `{ path: [/a*] }`. The word `null` comes out in quotes. */
export function renderValue(value: unknown): string {
  return isCollection(value) ? renderInside(value) : yaml().stringify(value, { lineWidth: 0 }).trim()
}

/** A collection, or a scalar in one, where it may need quotes for a comma or a bracket. */
function renderInside(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(renderInside).join(', ')}]`
  if (!isCollection(value)) {
    const style = { lineWidth: 0, collectionStyle: 'flow', flowCollectionPadding: false } as const
    return yaml().stringify([value], style).trim().slice(1, -1)
  }
  const pairs = Object.entries(value).map(([key, inner]) => `${renderInside(key)}: ${renderInside(inner)}`)
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
}

function isCollection(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function defaultWords(field: OptionField): string {
  if (field.default === null) return field.required ? 'required' : '–'
  return `\`${renderValue(field.default)}\``
}
