/**
 * How a request ended, from what its raw response and socket say at 'close'. Measured on Node 20, 22 and 24, for HTTP/1 and HTTP/2:
 *
 * - A client that left before the reply leaves statusCode at its default of 200, and HTTP/2 even emits 'finish'. Only headersSent and
 *   writableEnded tell.
 * - A client that resets while the reply drains leaves a response that looks finished, with all bytes written. Only the error
 *   of the socket tells. From Node 24 on it is ended and not finished. In HTTP/2 the stream below tells.
 * - A request that is injected (light-my-request, for tests) has no connection: it knows no `complete`, its response never drains.
 * - HTTP/2 says of a request that its client has left that it is complete. What was declared and what came tell, or that somebody who read it was not told of its end.
 * - A reply that does not wait for the whole upload is fine; the upload was aborted only if the request was destroyed too. In HTTP/2 that upload goes on, and
 *   may be reset when the reply is long there.
 * - A server that closes and then ends its connections, as Fastify does with forceCloseConnections, leaves no error either: it no longer listens, and the client has not left.
 * - A socket's idle timeout destroys it without an error, as the application itself may. It was the timeout when the socket has one,
 *   so much time has passed, and the client neither ended nor broke the connection. In HTTP/2 it is the session's, and a client that leaves resets its streams.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { Outcome } from '@pumphouse/record'

/** A request as Node's HTTP/1 and HTTP/2 servers hand it out. */
export type RawRequest = IncomingMessage | Http2ServerRequest
/** A response as Node's HTTP/1 and HTTP/2 servers hand it out. */
export type RawResponse = ServerResponse | Http2ServerResponse

/** Statuses from here on are failures of the server. */
export const FIRST_SERVER_ERROR = 500
/** A socket's timer runs from its last byte, by a clock that stands still while the loop is busy: before anybody saw the request. */
const TIMER_SLACK_MS = 25

/** A request whose response has closed. */
export interface Ended {
  readonly request: RawRequest
  /** Whether all of it came. */
  readonly complete: boolean | undefined
  readonly response: RawResponse
  /** Of HTTP/1, as it was when the request came. */
  readonly socket: Socket | undefined
  /** Of HTTP/2, as it was when the request came. */
  readonly session: Session | undefined
  /** As it was sent. */
  readonly statusCode: number | undefined
  readonly durationMs: number
}

/** Of a server. Its types do not know its timeout. */
export type Session = ServerHttp2Session & { readonly timeout?: number }

/** Whether all of a request of HTTP/2 came, for a response whose 'close' is being emitted: of the bytes that were `declared`, so many were `received`. */
export function isComplete(request: RawRequest, declared: number | undefined, received: number): boolean {
  if (!('stream' in request) || !request.aborted || request.readableEnded) return request.complete
  const { stream } = request
  if (stream.endAfterHeaders || !stream.rstCode) return true
  // Of what nobody reads a part waits in the stream.
  if (declared !== undefined) return received + stream.readableLength >= declared
  return !request.readableDidRead
}

/** For a response whose 'close' is being emitted. */
export function outcomeOf(ended: Ended): Outcome {
  const { request, complete, response, socket, statusCode } = ended
  if (isFinished(complete, response, socket)) {
    if (isBroken(request, response, socket)) return 'truncated'
    if (complete === false && request.destroyed) return 'request_aborted'
    return (statusCode ?? response.statusCode) >= FIRST_SERVER_ERROR ? 'error' : 'ok'
  }
  if (isTimeout(ended)) return 'timeout'
  if (isShutdown(socket)) return 'shutdown'
  if (complete === false) return 'request_aborted'
  if (!response.headersSent) return 'aborted'
  return response.writableEnded ? 'truncated' : 'stream_closed'
}

function isFinished(complete: boolean | undefined, response: RawResponse, socket: Socket | undefined): boolean {
  // In HTTP/1 that says that it was ended, too.
  if (socket !== undefined && response.writableFinished) return true
  return response.writableEnded && (hasDrained(response) || complete === undefined)
}

/** What only stands in for a response may not say it. */
function hasDrained(response: RawResponse): boolean {
  return (isHttp2(response) ? response.stream : response)?.writableFinished !== false
}

/** `socket`: none with HTTP/2. */
function isBroken(request: RawRequest, response: RawResponse, socket: Socket | undefined): boolean {
  if (socket !== undefined) return Boolean(socket.errored)
  return hasResetStream(response) && 'stream' in request && (request.readableEnded || request.stream.endAfterHeaders)
}

function hasResetStream(response: RawResponse): boolean {
  return isHttp2(response) && (response.stream?.rstCode ?? 0) !== 0
}

function isTimeout({ response, socket, session, durationMs }: Ended): boolean {
  if (session !== undefined) {
    return session.destroyed && !hasResetStream(response) && isOlderThan(session.timeout, durationMs)
  }
  if (socket === undefined) return false
  const { errored, timeout } = socket
  if (errored) return (errored as NodeJS.ErrnoException).code === 'ERR_HTTP_REQUEST_TIMEOUT'
  return isOlderThan(timeout, durationMs) && !socket.readableEnded
}

/** `timeoutMs`: of its connection; none, or 0, where there is none. */
function isOlderThan(timeoutMs: number | undefined, durationMs: number): boolean {
  return timeoutMs !== undefined && timeoutMs > 0 && durationMs >= timeoutMs - TIMER_SLACK_MS
}

/** A socket of node:http knows its server. */
function isShutdown(socket: (Socket & { readonly server?: { readonly listening?: boolean } }) | undefined): boolean {
  return socket !== undefined && !socket.errored && !socket.readableEnded && socket.server?.listening === false
}

function isHttp2(response: RawResponse): response is Http2ServerResponse {
  return 'stream' in response
}
