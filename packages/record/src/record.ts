/**
 * What one analytics record is: an open document of a few well-known fields and any further top-level keys the
 * application adds. A record that left the codec is frozen; nobody changes a record another pipeline can see.
 */

/** How a request ended, as seen on the server's raw response. */
export type Outcome = 'ok' | 'error' | 'aborted' | 'truncated' | 'stream_closed' | 'request_aborted' | 'timeout'

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
  readonly requestBytes?: number
  readonly responseBytes?: number
  readonly clientIp?: string
  readonly userAgent?: string
  readonly username?: string
  readonly apiId?: string
  readonly orgId?: string
  readonly apiKey?: string
  readonly traceId?: string
  readonly spanId?: string
  readonly errorName?: string
  readonly tags?: readonly string[]
  /** How many requests this record stands for: 1 / sample rate. */
  readonly weight?: number
  /** When a target that supports it may forget the record (a date, or milliseconds since the epoch). */
  readonly expireAt?: Date | number
  readonly [key: string]: unknown
}

/** The bulky fields that `omitDetailedRecording` removes unless the configuration names others. */
export const DETAIL_FIELDS: readonly string[] = ['rawRequest', 'rawResponse', 'request', 'policies', 'deciders']

/** The fields with fixed meanings that stay where they are also in a record that has more different fields than there may be. */
export const WELL_KNOWN_FIELDS: ReadonlySet<string> = new Set([
  'timestamp',
  'durationMs',
  'ttfbMs',
  'method',
  'host',
  'path',
  'route',
  'statusCode',
  'outcome',
  'httpVersion',
  'requestBytes',
  'responseBytes',
  'clientIp',
  'userAgent',
  'username',
  'apiId',
  'orgId',
  'apiKey',
  'traceId',
  'spanId',
  'errorName',
  'tags',
  'weight',
  'expireAt',
])
