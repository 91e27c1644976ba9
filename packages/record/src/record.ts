/**
 * What one analytics record is: an open document of a few well-known fields and any further top-level keys the
 * application adds. A record that left the codec is frozen; nobody changes a record another pipeline can see.
 */

/** How a request ended, as seen on the server's raw response. */
export type Outcome =
  | 'ok'
  | 'error'
  | 'aborted'
  | 'truncated'
  | 'stream_closed'
  | 'request_aborted'
  | 'timeout'
  | 'shutdown'

/** One record. Every field is optional: an authorization audit record is the same thing with other keys. */
export interface AnalyticsRecord {
  /** 24 hex digits in ObjectId form; given by the frame, never by the application. Unique, sorts by time. */
  readonly id?: string
  /** Milliseconds since the epoch at which the request started. */
  readonly timestamp?: number
  /** Milliseconds from the start of the request to the close of its response. */
  readonly durationMs?: number
  /** Milliseconds from the start of the request to the first byte of its response. */
  readonly ttfbMs?: number
  readonly method?: string
  readonly host?: string
  /** The path as it was asked for, without the query string. */
  readonly path?: string
  /** The route's template (`/orders/:id`); absent when no route matched. */
  readonly route?: string
  /** The status sent to the client; absent when headers were never sent. */
  readonly statusCode?: number
  readonly outcome?: Outcome
  /** `1.0`, `1.1` or `2.0`. */
  readonly httpVersion?: string
  /** Bytes of the request on its connection, head included; of the body alone in HTTP/2. */
  readonly requestBytes?: number
  /** Bytes of the response on its connection, head included; of the body alone in HTTP/2. */
  readonly responseBytes?: number
  /** The content-length that the client declared. */
  readonly requestContentLength?: number
  /** The content-length that the application declared. */
  readonly responseContentLength?: number
  /** The client's address, as far as the framework trusts what proxies say. */
  readonly clientIp?: string
  /** The address at the other end of the connection, where it is not the client's: that of a proxy. */
  readonly peerIp?: string
  readonly userAgent?: string
  readonly username?: string
  readonly apiId?: string
  readonly orgId?: string
  readonly apiKey?: string
  /** Of the active OpenTelemetry span, else of the header traceparent. */
  readonly traceId?: string
  /** Of the active OpenTelemetry span; without one, the caller's span out of the header traceparent. */
  readonly spanId?: string
  /** The caller's span, where `spanId` is the application's own. */
  readonly parentSpanId?: string
  readonly errorName?: string
  /** What the error says; only where it is asked for. */
  readonly errorMessage?: string
  /** The same in the records that tell of one request that was open for long. */
  readonly requestId?: string
  /** `open`: the request has not ended yet, another record will tell how; `close`: one told that it was open. Absent in most. */
  readonly phase?: 'open' | 'close'
  readonly requestHeaders?: Readonly<Record<string, unknown>>
  readonly responseHeaders?: Readonly<Record<string, unknown>>
  /** What was behind the question mark of the URL. */
  readonly query?: string | Readonly<Record<string, unknown>>
  /** The beginning of the body, as text; absent when it is compressed or not of a kind that is captured. */
  readonly requestBody?: string
  /** Bytes of the body that came in. */
  readonly requestBodyBytes?: number
  /** Whether there was more of it. */
  readonly requestBodyTruncated?: boolean
  /** How it was compressed (`gzip`). */
  readonly requestBodyEncoding?: string
  /** The beginning of the body, as text; absent when it is compressed or not of a kind that is captured. */
  readonly responseBody?: string
  /** Bytes of the body that the application wrote. */
  readonly responseBodyBytes?: number
  /** Whether there was more of it. */
  readonly responseBodyTruncated?: boolean
  /** How it was compressed (`gzip`). */
  readonly responseBodyEncoding?: string
  readonly tags?: readonly string[]
  /** How many requests this record stands for: 1 / sample rate, times what was given here. */
  readonly weight?: number
  /** When a target that supports it may forget the record (a date, or milliseconds since the epoch). */
  readonly expireAt?: Date | number
  readonly [key: string]: unknown
}

/** The bulky fields that `omitDetailedRecording` removes unless the configuration names others. */
export const DETAIL_FIELDS: readonly string[] = [
  'rawRequest',
  'rawResponse',
  'request',
  'requestHeaders',
  'responseHeaders',
  'requestBody',
  'responseBody',
  'query',
  'policies',
  'deciders',
]
