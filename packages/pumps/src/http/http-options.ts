/** The options of the http pump, and what is wrong with some of them. */
import type { OptionSchema, OptionValues, Problem } from '@pumphouse/options'
import { tlsOptions } from './tls.ts'

export const httpOptions = {
  url: {
    doc: 'Where records are sent, with http or https. A secret in its path or query is not shown.',
    format: 'string',
    default: null,
    required: true,
    sensitive: true,
    example: 'https://hooks.example.com/requests',
  },
  method: { doc: 'How.', format: ['POST', 'PUT'], default: 'POST' },
  format: {
    doc: 'What a request holds: the batch as a JSON array, as lines of JSON (NDJSON), or each record alone as a JSON object.',
    format: ['array', 'ndjson', 'single'],
    default: 'array',
  },
  headers: {
    doc: 'Headers of every request, by name. They are taken for secrets: no log and no error shows them.',
    format: 'json',
    default: {},
    sensitive: true,
    example: { authorization: 'Bearer my-token' },
  },
  headerFiles: {
    doc: 'Headers whose values stand in files, by name. The files are read for each write: a secret that is renewed is used at once.',
    format: 'json',
    default: {},
    example: { authorization: '/run/secrets/authorization' },
  },
  signature: {
    secret: {
      doc: 'Sign each body by HMAC-SHA256 with this secret; the receiver can then tell that it is from us.',
      format: 'string',
      default: null,
      sensitive: true,
      min: 1,
    },
    header: {
      doc: 'The header the signature goes into, as `sha256=` and hex digits.',
      format: 'string',
      default: 'x-pumphouse-signature',
      min: 1,
    },
    timestamped: {
      doc: 'Sign `<seconds>.<body>` instead of the body alone, with the seconds since 1970 in the header `x-pumphouse-timestamp`: what was recorded cannot be sent again later.',
      format: 'boolean',
      default: true,
    },
  },
  idempotencyHeader: {
    doc: 'The header with a key made of the ids of the records: the same records sent again have the same key. Of a single record it is the id.',
    format: 'string',
    default: 'idempotency-key',
    min: 1,
  },
  compression: { doc: 'Send bodies as gzip.', format: 'boolean', default: false },
  connections: {
    doc: 'Requests at a time when each record is sent alone; with more than one they arrive in no order.',
    format: 'integer',
    default: 1,
    min: 1,
    max: 64,
  },
  tls: tlsOptions,
} as const satisfies OptionSchema

export type HttpOptions = OptionValues<typeof httpOptions>

/** A name of a header (RFC 9110, 5.6.2). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** What may be sent as its value: no line ends, which would begin another header. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
/** They belong to the connection or to the body, and are ours to say. */
const OURS = new Set(['content-length', 'content-type', 'content-encoding', 'transfer-encoding', 'connection', 'host'])

/** Paths are those under `meta:`. Nothing of a secret is in them. */
export function httpProblems(options: HttpOptions): readonly Problem[] {
  const { url, headers, headerFiles, signature, idempotencyHeader, tls } = options
  const problems: Problem[] = []
  const refuse = (path: string, found: string, expected: string): void => {
    problems.push({ path, found, expected })
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:')
    refuse('url', 'another text (not shown)', 'an address such as https://hooks.example.com/requests')
  else if (parsed.username !== '' || parsed.password !== '')
    refuse('url', 'an address with a user (not shown)', 'a header authorization')
  for (const [path, given] of Object.entries({ headers, headerFiles })) {
    if (!isTexts(given)) refuse(path, 'something else', 'names of headers with texts')
    else {
      const bad = Object.keys(given).find(name => !TOKEN.test(name) || OURS.has(name.toLowerCase()))
      if (bad !== undefined) refuse(path, 'a name that no header of yours can have', 'names such as authorization')
      else if (path === 'headers' && !Object.values(given).every(value => VALUE.test(value)))
        refuse(path, 'a value with a line end or other characters that no header has', 'one line of text')
    }
  }
  for (const [path, name] of Object.entries({ 'signature.header': signature.header, idempotencyHeader })) {
    if (!TOKEN.test(name)) refuse(path, 'no name of a header', 'a name such as x-signature')
  }
  if ((tls.cert === undefined) !== (tls.key === undefined))
    refuse(tls.cert === undefined ? 'tls.cert' : 'tls.key', 'nothing', 'tls.cert and tls.key together')
  return problems
}

/** Tells a mapping of texts. */
export function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isMapping && Object.values(value).every(one => typeof one === 'string')
}
