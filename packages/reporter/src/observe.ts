/**
 * Watches one request from the first look at it to the 'close' of its raw response, which every request reaches however it ends. Nothing is
 * read from the request's stream, and of the response only writeHead is wrapped, to know when the reply began: Node calls it itself
 * when the application does not, and the wrapper passes on exactly what it is given.
 */

import type { AnalyticsRecord, Outcome } from '@pumphouse/record'
import { outcomeOf, type RawRequest, type RawResponse } from './outcome.ts'
import { takeBytes } from './socket-bytes.ts'
import { parseTraceparent } from './traceparent.ts'

/** The record of a request as it is being made: an adapter adds what its framework knows. */
export interface RequestRecord {
  timestamp: number
  durationMs: number
  ttfbMs: number | undefined
  method: string | undefined
  host: string | undefined
  path: string
  route: string | undefined
  statusCode: number | undefined
  outcome: Outcome
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
const HTTP_2 = 2

/** Calls `onClose` once, with what is known when the response closes. `onClose` must not throw. */
export function observe(request: RawRequest, response: RawResponse, onClose: (record: RequestRecord) => void): void {
  const timestamp = Date.now()
  const startMs = performance.now()
  const { httpVersionMajor, socket, method, headers } = request
  // Asked once while it is connected, a socket remembers its peer: frameworks look it up when it may be gone.
  const clientIp = socket?.remoteAddress
  const path = pathOf(request)
  const sentAtMs = watchHead(response)

  response.on('close', () => {
    const durationMs = roundToMicros(performance.now() - startMs)
    const headMs = sentAtMs()
    const bytes = httpVersionMajor >= HTTP_2 || !socket ? undefined : takeBytes(socket)
    const trace = headers['traceparent'] === undefined ? undefined : parseTraceparent(headers['traceparent'])
    onClose({
      timestamp,
      durationMs,
      ttfbMs: headMs === undefined ? undefined : roundToMicros(headMs - startMs),
      method,
      host: headers.host ?? text(headers[':authority']),
      path,
      route: undefined,
      statusCode: response.headersSent ? response.statusCode : undefined,
      outcome: outcomeOf(request, response, httpVersionMajor >= HTTP_2 ? undefined : socket, durationMs),
      requestBytes: bytes?.read,
      responseBytes: bytes?.written,
      clientIp,
      userAgent: headers['user-agent'],
      username: undefined,
      errorName: undefined,
      traceId: trace?.traceId,
      spanId: trace?.spanId,
    })
  })
}

/** For a request that gets no record: what it took on its connection is not charged to the next. */
export function passOver(request: RawRequest, response: RawResponse): void {
  const { httpVersionMajor, socket } = request
  if (httpVersionMajor < HTTP_2 && socket) response.on('close', () => takeBytes(socket))
}

/** The path as it was asked for. Express changes `url` while it looks for the route and keeps what came in `originalUrl`. */
function pathOf(request: RawRequest & { readonly originalUrl?: unknown }): string {
  const url = text(request.originalUrl) ?? request.url ?? ''
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

/** When the head of the response was written; undefined while it was not. */
function watchHead(response: RawResponse): () => number | undefined {
  let atMs: number | undefined
  const { writeHead } = response
  response.writeHead = function (this: unknown, ...args: unknown[]) {
    atMs ??= performance.now()
    return Reflect.apply(writeHead, this, args)
  }
  return () => atMs
}

/** More digits say nothing, and cost bytes. */
function roundToMicros(ms: number): number {
  return Math.round(ms * MICROS_PER_MS) / MICROS_PER_MS
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
