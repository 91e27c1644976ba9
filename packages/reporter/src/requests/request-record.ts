/** The record of a request as it is being made, in the order in which its fields travel. */

import type { AnalyticsRecord, Outcome } from '@pumphouse/record'
import type { SpanIds } from './active-span.ts'
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
  requestContentLength?: number | undefined
  responseContentLength?: number | undefined
  clientIp: string | undefined
  peerIp?: string | undefined
  userAgent: string | undefined
  username: string | undefined
  errorName: string | undefined
  errorMessage?: string | undefined
  traceId: string | undefined
  spanId: string | undefined
  parentSpanId?: string | undefined
  requestId?: string | undefined
  phase?: 'open' | 'close' | undefined
  [key: string]: AnalyticsRecord[string]
}

/** Puts the span into the record that serves the request; that of the caller is its parent, where it is one trace. */
export function addSpan(record: RequestRecord, { traceId, spanId }: SpanIds): void {
  record.parentSpanId = record.traceId === traceId ? record.spanId : undefined
  record.traceId = traceId
  record.spanId = spanId
}

const MICROS_PER_MS = 1000

/**
 * What is known of any request as soon as its head was read; `timestamp` and `address` of the peer as they were then. `url`: as it was asked for,
 * where somebody knows better than Node's request.
 */
export function recordOfHead(
  request: RawRequest,
  timestamp: number,
  address: string | undefined,
  url?: string,
): RequestRecord {
  const { headers } = request
  const { traceparent } = headers
  const caller = traceparent === undefined ? undefined : parseTraceparent(traceparent)
  return {
    timestamp,
    durationMs: undefined,
    ttfbMs: undefined,
    method: request.method,
    host: hostOf(headers),
    path: withoutQuery(url ?? urlOf(request)),
    route: undefined,
    statusCode: undefined,
    outcome: undefined,
    httpVersion: request.httpVersion,
    requestBytes: undefined,
    responseBytes: undefined,
    requestContentLength: lengthOf(headers['content-length']),
    responseContentLength: undefined,
    clientIp: address,
    peerIp: address,
    userAgent: headers['user-agent'],
    username: undefined,
    errorName: undefined,
    errorMessage: undefined,
    traceId: caller?.traceId,
    spanId: caller?.spanId,
    parentSpanId: undefined,
    requestId: undefined,
    phase: undefined,
  }
}

/** The host that was asked for. */
export function hostOf(headers: RawRequest['headers']): string | undefined {
  return withoutUser(headers.host ?? text(headers[':authority']))
}

/** As it was asked for. Express changes `url` while it looks for the route and keeps what came in `originalUrl`. */
export function urlOf(request: RawRequest & { readonly originalUrl?: unknown }): string {
  return text(request.originalUrl) ?? request.url ?? ''
}

/** A host without the user and password that a client may have put before it. */
export function withoutUser(host: string | undefined): string | undefined {
  return host?.slice(host.lastIndexOf('@') + 1)
}

/** The part of a URL before its question mark. */
export function withoutQuery(url: string): string {
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

/** The value of a `content-length`; undefined for what is none. */
export function lengthOf(header: unknown): number | undefined {
  if (header === undefined) return undefined
  const length = Number(header)
  return Number.isSafeInteger(length) && length >= 0 ? length : undefined
}

/** A time that passed, in whole microseconds: more digits say nothing, and cost bytes. 0 by a clock that somebody set back. */
export function roundToMicros(ms: number): number {
  if (!(ms > 0)) return 0
  return Math.round(ms * MICROS_PER_MS) / MICROS_PER_MS
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
