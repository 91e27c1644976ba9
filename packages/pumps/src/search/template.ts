/**
 * The index template: how the fields of a record are indexed. It is ours as long as its `_meta` says so; its digest tells whether what is there is what we
 * would install, and its version who is newer, so that two daemons of different releases do not undo each other's.
 *
 * What it is for: a record must not be refused for a value that does not fit. Texts are keywords, long ones are kept and not indexed; every number is a double,
 * as in JavaScript; a value that fits no type stays in the document unindexed; details are stored and not looked into.
 */
import { createHash } from 'node:crypto'
import { DETAIL_FIELDS } from '@pumphouse/record'
import type { PumpLog } from '../define-pump.ts'
import { RetryableError } from '../errors.ts'
import type { Dialect } from './dialect.ts'
import { type IndexPattern, readIndexPattern } from './index-pattern.ts'
import type { SearchAnswer, SearchNodes } from './nodes.ts'
import type { SearchOptions } from './options.ts'
import { answerInWords } from './server-answer.ts'

/** Raised whenever what stands below changes. */
const TEMPLATE_VERSION = 1
const MANAGED_BY = 'pumphouse'
const OK = 200
const NOT_FOUND = 404
/** A keyword of more than 32,766 bytes is refused; a character takes four at most. */
const KEYWORD = { type: 'keyword', ignore_above: 8191 }
const DATE = { type: 'date', format: 'epoch_millis||strict_date_optional_time' }
const DOUBLE = { type: 'double' }
const UNINDEXED = { type: 'object', enabled: false }

const FIELDS = {
  ...byName(['id', 'method', 'host', 'path', 'route', 'outcome', 'userAgent', 'username', 'apiId'], KEYWORD),
  ...byName(['orgId', 'apiKey', 'traceId', 'spanId', 'errorName', 'tags'], KEYWORD),
  ...byName(['durationMs', 'ttfbMs', 'requestBytes', 'responseBytes', 'statusCode', 'weight'], DOUBLE),
  ...byName(['timestamp', 'expireAt'], DATE),
  ...byName(DETAIL_FIELDS, UNINDEXED),
  clientIp: { type: 'ip' },
}

const MAPPINGS = {
  date_detection: false,
  dynamic_templates: [
    { texts: { match_mapping_type: 'string', mapping: KEYWORD } },
    { integers: { match_mapping_type: 'long', mapping: DOUBLE } },
    { fractions: { match_mapping_type: 'double', mapping: DOUBLE } },
  ],
}

/** The name of the template of these options. */
export function templateName({ template, index }: SearchOptions): string {
  const pattern = readIndexPattern(index) as IndexPattern
  return template.name ?? `pumphouse-${pattern.stem || pattern.wildcard.replaceAll('*', 'any')}`
}

/** The template as it is sent. */
export function templateBody({ template, index, dataStream }: SearchOptions, dialect: Dialect): object {
  const { properties, ...mappings } = template.mappings as { readonly properties?: object }
  const body = {
    index_patterns: [(readIndexPattern(index) as IndexPattern).wildcard],
    priority: template.priority,
    ...(dataStream && { data_stream: {} }),
    template: {
      settings: {
        index: { 'mapping.ignore_malformed': true, ...dialect.settings, ...withoutPrefix(template.settings as object) },
      },
      mappings: { ...MAPPINGS, ...mappings, properties: { ...FIELDS, ...properties } },
    },
  }
  const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex')
  return { ...body, version: TEMPLATE_VERSION, _meta: { managed_by: MANAGED_BY, digest } }
}

/** Installs it unless it is there, newer, or somebody else's. Throws RetryableError that says what is missing. */
export async function installTemplate(
  nodes: SearchNodes,
  options: SearchOptions,
  dialect: Dialect,
  log: PumpLog,
  signal: AbortSignal,
): Promise<void> {
  const name = templateName(options)
  const path = `/_index_template/${encodeURIComponent(name)}`
  const body = templateBody(options, dialect) as { readonly version: number; readonly _meta: TemplateMeta }
  const found = await nodes.request({ method: 'GET', path, signal })
  if (found.status !== OK && found.status !== NOT_FOUND) throw refusal('read', name, found)
  const there = found.status === OK ? templateOf(found.json) : undefined
  if (there !== undefined) {
    if (there._meta?.managed_by !== MANAGED_BY) {
      log.info({ template: name }, 'there is an index template of that name that is not ours; it is left as it is')
      return
    }
    if ((there.version ?? 0) > body.version || there._meta.digest === body._meta.digest) return
  }
  const put = await nodes.request({ method: 'PUT', path, body: Buffer.from(JSON.stringify(body)), signal })
  if (put.status !== OK) throw refusal('install', name, put)
  log.info({ template: name, version: body.version }, 'installed the index template')
}

interface TemplateMeta {
  readonly managed_by?: string
  readonly digest?: string
}

interface Template {
  readonly version?: number
  readonly _meta?: TemplateMeta
}

function templateOf(json: unknown): Template | undefined {
  const { index_templates: [first] = [] } = (json ?? {}) as {
    readonly index_templates?: readonly { readonly index_template?: Template }[]
  }
  return first?.index_template
}

function refusal(act: string, name: string, answer: SearchAnswer): RetryableError {
  const advice = 'give the user the right to manage index templates, or set template.install: false'
  return new RetryableError(
    `cannot ${act} the index template ${name}: ${answer.node} ${answerInWords(answer)} (${advice})`,
  )
}

/** People write `index.number_of_replicas` as well as `number_of_replicas`. */
function withoutPrefix(settings: object): object {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name.replace(/^index\./, ''), value]))
}

function byName(names: readonly string[], mapping: object): Readonly<Record<string, object>> {
  return Object.fromEntries(names.map(name => [name, mapping]))
}
