/** configs/pump.yaml and its reference page, made from the declarations. */

import { isField, type OptionSchema, renderComment, renderReference, renderValue, renderYaml } from '@pumphouse/options'
import { builtInPumps, type PumpDefinition } from '@pumphouse/pumps'
import { daemonOptions, drainOptions, ENV_PREFIX, pumpOnlyOptions } from './options.ts'

/** The pump that shows every option a pump can have. It needs no server, and is the only one that is enabled. */
const SHOWN_IN_FULL = 'stdout'

/** Editors with a YAML language server complete and check the file by it. */
const SCHEMA_LINE = '# yaml-language-server: $schema=./pump.schema.json'

/** pump.yaml with every option there is: its meaning, type and environment variable above it, its default as its value. */
export function renderExampleYaml(): string {
  const { pumps, ...topLevel } = daemonOptions
  const shared = withoutExamples(drainOptions)
  const inFull = builtInPumps.filter(({ type }) => type === SHOWN_IN_FULL)
  const inShort = builtInPumps.filter(({ type }) => type !== SHOWN_IN_FULL)
  const lines = [
    SCHEMA_LINE,
    '# Every option of the pump daemon, with its default. Most files need three lines of this: see pump.dev.yaml.',
    '# Run it:    pumphouse run -c pump.yaml',
    '# Check it:  pumphouse validate -c pump.yaml',
    '# Generated from the declarations of the options; change them there.',
    '',
    ...renderYaml({ ...topLevel, ...shared }, { envPrefix: ENV_PREFIX }),
    '',
    ...renderComment(pumps.doc),
    'pumps:',
    ...inFull.flatMap(renderFullPump),
    ...inShort.flatMap(renderShortPump),
  ]
  return `${lines.join('\n')}\n`
}

/** The options of pump.yaml as a Markdown page. */
export function renderOptionsReference(): string {
  const { pumps, ...topLevel } = daemonOptions
  const { meta, ...own } = pumpOnlyOptions
  const inherited = Object.keys(drainOptions).map(name => `\`${name}\``)
  const paragraphs = [
    '# pump.yaml',
    'The environment overrides the file. A secret can also stand in a file that a variable with `_FILE` behind its name names.',
    '## Top level',
    renderReference(topLevel, ENV_PREFIX),
    '## Each pump, under `pumps.<name>`',
    pumps.doc,
    renderReference(own),
    `Also ${inherited.join(', ')}, where a pump wants them otherwise than the top level. What stands under \`meta\` depends on the [type](pumps.md).`,
    'The variables of a pump called `audit` begin with `PUMPHOUSE_PUMPS_AUDIT_`: `PUMPHOUSE_PUMPS_AUDIT_ENABLED=false`.',
  ]
  return `${paragraphs.join('\n\n')}\n`
}

/** A pump of this type with all its own options, as it can stand in pump.yaml. */
export function renderPumpYaml(definition: PumpDefinition): string {
  const { type, summary, options } = definition
  const lines = [
    'pumps:',
    `  # ${summary}`,
    `  ${renderValue(type)}:`,
    `    type: ${renderValue(type)}`,
    ...renderMeta(options),
  ]
  return `${lines.join('\n')}\n`
}

const ENTRY_INDENT = 2
const META_INDENT = 3

function renderFullPump({ type, summary, options }: PumpDefinition): string[] {
  const { type: kind, enabled, paused, meta, ...policies } = pumpOnlyOptions
  const inherited = renderYaml(withoutExamples(drainOptions), { indent: ENTRY_INDENT }).filter(
    line => !line.trimStart().startsWith('#'),
  )
  return [
    `  # ${summary}`,
    `  ${renderValue(type)}:`,
    ...renderYaml({ type: { ...kind, example: type }, enabled, paused }, { indent: ENTRY_INDENT }),
    ...renderYaml(policies, { indent: ENTRY_INDENT }).map(commentOut),
    '    # What is the same as at the top level need not be said again.',
    ...inherited,
    ...renderMeta(options),
  ]
}

function renderShortPump({ type, summary, options }: PumpDefinition): string[] {
  return [
    `  # ${summary}`,
    `  ${renderValue(type)}:`,
    `    type: ${renderValue(type)}`,
    '    enabled: false',
    ...renderMeta(options),
  ]
}

function renderMeta(options: PumpDefinition['options']): string[] {
  return Object.keys(options).length === 0 ? [] : ['    meta:', ...renderYaml(options, { indent: META_INDENT })]
}

/** What every pump inherits is shown as it is by default: an example would be in force. */
function withoutExamples(schema: OptionSchema): OptionSchema {
  const entries = Object.entries(schema).map(([name, node]): [string, OptionSchema[string]] => {
    if (!isField(node)) return [name, withoutExamples(node)]
    const { example, ...field } = node
    return [name, field]
  })
  return Object.fromEntries(entries)
}

/** An example of a policy would filter or change records: it is shown, not used. */
function commentOut(line: string): string {
  const indent = '  '.repeat(ENTRY_INDENT)
  return `${indent}# ${line.slice(indent.length).replace(/^( *)# /, '$1')}`
}
