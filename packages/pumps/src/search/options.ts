/** What stands under `meta:` of an elasticsearch or opensearch pump, and what is wrong with it that the formats let pass. */
import type { OptionSchema, OptionValues, Problem } from '@pumphouse/options'
import { tlsOptions } from '../http/tls.ts'
import { readCloudId } from './cloud-id.ts'
import { readIndexPattern } from './index-pattern.ts'

export const searchOptions = {
  nodes: {
    doc: 'Addresses of one or more nodes, with http or https. Each request goes to the next one that answers; user and password have options of their own.',
    format: 'strings',
    default: ['http://127.0.0.1:9200'],
    example: ['https://search-1:9200', 'https://search-2:9200'],
  },
  cloudId: {
    doc: 'The cloud id of a hosted deployment; then nodes is not looked at.',
    format: 'string',
    default: null,
    min: 1,
    example: 'orders:ZXhhbXBsZS5jb20kYWJjJGRlZg==',
  },
  index: {
    doc: 'Index or data stream. {yyyy.MM.dd} stands for the date of the record in UTC, {orgId} for what that field of it holds.',
    format: 'string',
    default: 'requests',
    min: 1,
    example: 'requests-{yyyy.MM.dd}',
  },
  dataStream: {
    doc: 'The index is a data stream: each record also gets `@timestamp`. Redelivered records are found within one backing index; after a rollover they can be there twice.',
    format: 'boolean',
    default: false,
  },
  template: {
    install: {
      doc: 'Install an index template for the index when the pump starts, unless a newer or a foreign one of that name is there. Without it the server guesses every type.',
      format: 'boolean',
      default: true,
    },
    name: {
      doc: 'Its name. Default: pumphouse- and the index without its date.',
      format: 'string',
      default: null,
      min: 1,
    },
    priority: {
      doc: 'The template with the highest priority wins where several match.',
      format: 'integer',
      default: 500,
      min: 0,
    },
    settings: {
      doc: 'Settings of the index that are added to ours.',
      format: 'json',
      default: {},
      example: { number_of_replicas: 1 },
    },
    mappings: {
      doc: 'Mappings that are added to ours; its `properties` to our properties.',
      format: 'json',
      default: {},
      example: { properties: { basketValue: { type: 'double' } } },
    },
  },
  pipeline: { doc: 'Ingest pipeline that each record goes through.', format: 'string', default: null, min: 1 },
  routing: {
    doc: 'Field of the record whose value routes it to a shard; a record without it goes where its id says.',
    format: 'string',
    default: null,
    min: 1,
    example: 'orgId',
  },
  compression: { doc: 'Send bodies as gzip: less network, more CPU.', format: 'boolean', default: false },
  username: { doc: 'For basic authentication.', format: 'string', default: null, min: 1 },
  password: { doc: 'For basic authentication.', format: 'string', default: null, sensitive: true, min: 1 },
  apiKey: {
    doc: 'An API key in its encoded form, as the server gives it out.',
    format: 'string',
    default: null,
    sensitive: true,
    min: 1,
  },
  bearer: { doc: 'A token for bearer authentication.', format: 'string', default: null, sensitive: true, min: 1 },
  tls: tlsOptions,
} as const satisfies OptionSchema

export type SearchOptions = OptionValues<typeof searchOptions>

/** Paths are those under `meta:`. */
export function searchProblems(options: SearchOptions): readonly Problem[] {
  return [
    ...addressProblems(options),
    ...indexProblems(options),
    ...credentialProblems(options),
    ...objectProblems(options),
  ]
}

function addressProblems({ nodes, cloudId }: SearchOptions): Problem[] {
  if (cloudId !== undefined) {
    return readCloudId(cloudId) ? [] : [problem('cloudId', 'a text that is none', 'the cloud id of a deployment')]
  }
  if (nodes.length === 0) return [problem('nodes', 'nothing', 'the address of at least one node, or a cloudId')]
  return nodes.flatMap((node, i) => {
    const url = URL.canParse(node) ? new URL(node) : undefined
    const path = `nodes.${i}`
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
      return [problem(path, 'an address without http:// or https://', 'an address such as https://search-1:9200')]
    }
    if (url.username === '' && url.password === '') return []
    return [problem(path, 'an address with a user (not shown)', 'username and password as options of their own')]
  })
}

function indexProblems({ index, dataStream }: SearchOptions): Problem[] {
  const pattern = readIndexPattern(index)
  if (typeof pattern === 'string') return [problem('index', `"${index}", ${pattern}`, 'such as requests-{yyyy.MM.dd}')]
  if (!dataStream || pattern.isFixed) return []
  return [problem('index', `"${index}" for a data stream`, 'a name without braces: the server makes its indices')]
}

function credentialProblems({ username, password, apiKey, bearer, tls }: SearchOptions): Problem[] {
  const problems: Problem[] = []
  if ((username === undefined) !== (password === undefined)) {
    problems.push(
      problem(username === undefined ? 'username' : 'password', 'nothing', 'username and password together'),
    )
  }
  const ways = Object.entries({ username, apiKey, bearer }).filter(([, way]) => way !== undefined)
  if (ways.length > 1) {
    const names = ways.map(([name]) => name).join(' and ')
    problems.push(problem(ways[1]![0], `${names} together`, 'one way to authenticate'))
  }
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    problems.push(problem(tls.cert === undefined ? 'tls.cert' : 'tls.key', 'nothing', 'tls.cert and tls.key together'))
  }
  return problems
}

function objectProblems({ template }: SearchOptions): Problem[] {
  return (['settings', 'mappings'] as const)
    .filter(name => typeof template[name] !== 'object' || template[name] === null || Array.isArray(template[name]))
    .map(name => problem(`template.${name}`, 'something else', 'a mapping of names to values'))
}

function problem(path: string, found: string, expected: string): Problem {
  return { path, found, expected }
}
