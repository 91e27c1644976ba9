/** The well-known fields of a record as data: what they mean, and what OpenTelemetry calls them. The reference page is made of it. */

import { type AnalyticsRecord, DETAIL_FIELDS } from './record.ts'

type Named<T> = keyof { [K in keyof T as string extends K ? never : number extends K ? never : K]: T[K] }

/** What is to be said of a field. */
export interface RecordField {
  readonly type: string
  readonly doc: string
  /** The attribute of the semantic conventions for HTTP servers that holds the same, with the conversion where there is one; absent: there is none. */
  readonly openTelemetry?: string
}

/** Every field of AnalyticsRecord that has a name, in the order in which requests have them. The compiler holds the two against each other. */
export const RECORD_FIELDS = {
  id: { type: 'text', doc: '24 hex digits in ObjectId form: unique, the same in every delivery, sorted by time.' },
  timestamp: {
    type: 'number',
    doc: 'Milliseconds since the epoch at which the request started.',
    openTelemetry: 'start of the span',
  },
  durationMs: {
    type: 'number',
    doc: 'From the start of the request to the close of its response.',
    openTelemetry: '`http.server.request.duration`, in seconds',
  },
  ttfbMs: { type: 'number', doc: 'From the start of the request to the head of its response.' },
  method: { type: 'text', doc: 'As it was asked.', openTelemetry: '`http.request.method`' },
  host: {
    type: 'text',
    doc: 'The header host, with its port if it has one; without a user and a password.',
    openTelemetry: '`server.address` and `server.port`',
  },
  path: { type: 'text', doc: 'Without the query string.', openTelemetry: '`url.path`' },
  route: {
    type: 'text',
    doc: "The route's template (`/orders/:id`); absent when no route matched.",
    openTelemetry: '`http.route`',
  },
  statusCode: {
    type: 'number',
    doc: 'Absent when no head was ever sent.',
    openTelemetry: '`http.response.status_code`',
  },
  outcome: {
    type: 'text',
    doc: '`ok`; `error` (status from 500 on); `aborted` (the client left before the reply); `truncated` (while it was draining); `stream_closed` (in the middle of a stream); `request_aborted` (in the middle of its upload); `timeout`; `shutdown` (the application closed first).',
  },
  httpVersion: {
    type: 'text',
    doc: '`1.0`, `1.1` or `2.0`.',
    openTelemetry: '`network.protocol.version`, which says `2` for `2.0`',
  },
  requestBytes: {
    type: 'number',
    doc: 'Bytes of the request on its connection, head included; in HTTP/2 of its body.',
    openTelemetry: '`http.request.size`',
  },
  responseBytes: {
    type: 'number',
    doc: 'Bytes of the response on its connection, head included; in HTTP/2 of its body.',
    openTelemetry: '`http.response.size`',
  },
  requestContentLength: {
    type: 'number',
    doc: 'What the client declared.',
    openTelemetry: '`http.request.header.content-length`',
  },
  responseContentLength: {
    type: 'number',
    doc: 'What the application declared; absent where Node adds the header by itself.',
    openTelemetry: '`http.response.header.content-length`',
  },
  clientIp: {
    type: 'text',
    doc: 'As far as the framework is told to trust proxies.',
    openTelemetry: '`client.address`',
  },
  peerIp: {
    type: 'text',
    doc: "The other end of the connection, where it is not the client's: a proxy.",
    openTelemetry: '`network.peer.address`',
  },
  userAgent: { type: 'text', doc: 'The header user-agent.', openTelemetry: '`user_agent.original`' },
  username: { type: 'text', doc: 'What `enrich` says.', openTelemetry: '`user.name`' },
  apiId: { type: 'text', doc: 'What `enrich` says.' },
  orgId: { type: 'text', doc: 'What `enrich` says.' },
  apiKey: { type: 'text', doc: 'What `enrich` says; redacted unless it is kept.' },
  errorName: {
    type: 'text',
    doc: 'The name of what a handler threw; the code of a parse error.',
    openTelemetry: '`error.type`',
  },
  errorMessage: {
    type: 'text',
    doc: 'What it says, with `errorMessages: true`.',
    openTelemetry: '`exception.message`',
  },
  traceId: {
    type: 'text',
    doc: 'Of the active OpenTelemetry span, else of the header traceparent if it is valid.',
    openTelemetry: 'trace id of the span',
  },
  spanId: {
    type: 'text',
    doc: "Of the active OpenTelemetry span; where there is none, the caller's, out of traceparent.",
    openTelemetry: 'id of the span',
  },
  parentSpanId: {
    type: 'text',
    doc: "The caller's span, where `spanId` is the application's own.",
    openTelemetry: 'parent of the span',
  },
  requestId: {
    type: 'text',
    doc: 'The same in the records that tell of one request that was open for long (`openRecordAfter`).',
  },
  phase: {
    type: 'text',
    doc: '`open`: the request has not ended, without outcome and duration; `close`: its last record. Absent where one record tells all: count those whose phase is not `open`.',
  },
  requestHeaders: {
    type: 'map',
    doc: 'With `capture.requestHeaders`.',
    openTelemetry: '`http.request.header.<name>`',
  },
  responseHeaders: {
    type: 'map',
    doc: 'With `capture.responseHeaders`: those that the application set.',
    openTelemetry: '`http.response.header.<name>`',
  },
  query: {
    type: 'text',
    doc: 'With `capture.query`: what was behind the question mark.',
    openTelemetry: '`url.query`',
  },
  requestBody: {
    type: 'text',
    doc: 'With `capture.requestBody`: the beginning of the body. Absent when it is compressed or of another kind.',
  },
  requestBodyBytes: {
    type: 'number',
    doc: 'Bytes of the body that came in.',
    openTelemetry: '`http.request.body.size`',
  },
  requestBodyTruncated: { type: 'boolean', doc: 'true when there was more of it; else absent.' },
  requestBodyEncoding: {
    type: 'text',
    doc: 'How it was compressed; then it is not in the record.',
    openTelemetry: '`http.request.header.content-encoding`',
  },
  responseBody: {
    type: 'text',
    doc: 'With `capture.responseBody`: the beginning of the body. Absent when it is compressed or of another kind.',
  },
  responseBodyBytes: {
    type: 'number',
    doc: 'Bytes of the body that the application wrote.',
    openTelemetry: '`http.response.body.size`',
  },
  responseBodyTruncated: { type: 'boolean', doc: 'true when there was more of it; else absent.' },
  responseBodyEncoding: {
    type: 'text',
    doc: 'How it was compressed; then it is not in the record.',
    openTelemetry: '`http.response.header.content-encoding`',
  },
  tags: { type: 'list of texts', doc: 'What `enrich` says.' },
  weight: {
    type: 'number',
    doc: 'How many requests this record stands for: 1 / share of `sample`, times what the application gave here.',
  },
  expireAt: {
    type: 'date or number',
    doc: 'When a target that supports it may forget the record; a number is milliseconds since the epoch.',
  },
} as const satisfies Record<Named<AnalyticsRecord>, RecordField>

/** The fields that stay where they are also in a record that has more different fields than there may be. */
export const WELL_KNOWN_FIELDS: ReadonlySet<string> = new Set(Object.keys(RECORD_FIELDS).filter(name => name !== 'id'))

/** The fields as a Markdown table, for the reference page. */
export function renderRecordReference(): string {
  const rows = Object.entries<RecordField>(RECORD_FIELDS).map(([name, { type, doc, openTelemetry }]) => {
    const mark = DETAIL_FIELDS.includes(name) ? ' (detail)' : ''
    return `| \`${name}\`${mark} | ${type} | ${doc} | ${openTelemetry ?? '–'} |`
  })
  return ['| field | type | meaning | OpenTelemetry |', '|---|---|---|---|', ...rows].join('\n')
}
