/** The record of a request as it is being made, in the order in which its fields travel. */

import type { AnalyticsRecord, Outcome } from '@pumphouse/record'
import type { RawRequest } from './outcome.ts'
import { parseTraceparent } from './traceparent.ts'

/** An adapter adds what its framework knows. Undefined = absent. */
export interface RequestRecord {
  timestamp: number
  durationMs: number | undefined
  ttfbMs: number | undefined
  method: string | undefined
  host: string | undefined
  path: string
  route: string | undefined
  statusCode: number | undefined
  outcome: Outcome | undefined
  httpVersion: string | undefined
  requestBytes: number | undefined
  responseBytes: number | undefined
  clientIp: string | undefined
  userAgent: string | undefined
  username: string | undefined
  errorName: string | undefined
  traceId: string | undefined
  spanId: string | undefined
  [key: string]: AnalyticsRecord[string]
}

const MICROS_PER_MS = 1000

/** What is known of any request as soon as its head was read; `timestamp` and `clientIp` as they were then. */
export function recordOfHead(request: RawRequest, timestamp: number, clientIp: string | undefined): RequestRecord {
  const { headers } = request
  const { traceparent } = headers
  const trace = traceparent === undefined ? undefined : parseTraceparent(traceparent)
  return {
    timestamp,
    durationMs: undefined,
    ttfbMs: undefined,
    method: request.method,
    host: headers.host ?? text(headers[':authority']),
    path: pathOf(request),
    route: undefined,
    statusCode: undefined,
    outcome: undefined,
    httpVersion: request.httpVersion,
    requestBytes: undefined,
    responseBytes: undefined,
    clientIp,
    userAgent: headers['user-agent'],
    username: undefined,
    errorName: undefined,
    traceId: trace?.traceId,
    spanId: trace?.spanId,
  }
}

/** The path as it was asked for. Express changes `url` while it looks for the route and keeps what came in `originalUrl`. */
function pathOf(request: RawRequest & { readonly originalUrl?: unknown }): string {
  return withoutQuery(text(request.originalUrl) ?? request.url ?? '')
}

/** The part of a URL before its question mark. */
export function withoutQuery(url: string): string {
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

/** Milliseconds in whole microseconds: more digits say nothing, and cost bytes. */
export function roundToMicros(ms: number): number {
  return Math.round(ms * MICROS_PER_MS) / MICROS_PER_MS
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
