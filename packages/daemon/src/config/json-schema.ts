/** configs/pump.schema.json, made from the declarations: what an editor knows of pump.yaml. */

import { type JsonSchema, renderJsonSchema } from '@pumphouse/options'
import { builtInPumps, type PumpDefinition } from '@pumphouse/pumps'
import { daemonOptions, drainOptions, pumpOnlyOptions } from './options.ts'

/** The whole of pump.yaml. What stands under `meta:` is known for the built-in types; of another type, anything may. */
export function renderConfigSchema(): string {
  const { pumps, ...topLevel } = daemonOptions
  const whole = renderJsonSchema(topLevel)
  const properties = {
    ...(whole['properties'] as JsonSchema),
    pumps: { description: pumps.doc, type: 'object', minProperties: 1, additionalProperties: pumpSchema() },
  }
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'pump.yaml',
    ...whole,
    type: 'object',
    properties,
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

function pumpSchema(): JsonSchema {
  const entry = renderJsonSchema({ ...pumpOnlyOptions, ...drainOptions })
  const properties = entry['properties'] as Readonly<Record<string, JsonSchema>>
  const types = builtInPumps.map(({ type }) => type)
  const type = { ...properties['type'], type: 'string', anyOf: [{ enum: types }, { type: 'string' }] }
  return { ...entry, type: 'object', properties: { ...properties, type }, allOf: builtInPumps.map(metaOf) }
}

function metaOf({ type, summary, options }: PumpDefinition): JsonSchema {
  const meta = { description: summary, ...renderJsonSchema(options) }
  // biome-ignore lint/suspicious/noThenProperty: the word is JSON Schema's, and nobody awaits it
  return { if: { properties: { type: { const: type } } }, then: { properties: { meta } } }
}
