/**
 * Watches one request where there is no raw response, only the Request and the Response of the web: its end is the end of its body,
 * or of its head where its body cannot be watched. Sizes on the wire and the address of the client are not to be known.
 */

import type { Outcome } from '@pumphouse/record'
import { errorNameOf } from '../adapters/error-name.ts'
import { addWeakly } from './forgotten-request.ts'
import { FIRST_SERVER_ERROR } from './outcome.ts'
import { addSpan, lengthOf, type RequestRecord, roundToMicros, withoutUser } from './request-record.ts'
import type { RequestWatch } from './request-watch.ts'
import { parseTraceparent } from './traceparent.ts'
import { type Cut, type WatchedBody, watchBody } from './watched-body.ts'

/** A request that is being watched. */
export interface WebObservation {
  /** The response with its end watched; the same one when its end is now. */
  respond(response: Response): Response
  /** There is no response: the application threw what its framework does not catch. */
  fail(error: unknown): void
}

/** What a runtime upgrades is this very response. */
const SWITCHING_PROTOCOLS = 101

/**
 * Calls `onEnd` once, when the response has ended, however, or when the application closes first. `onEnd` must not throw. Of a request or a response that cannot be looked at there is no record, and the application
 * gets what it gave.
 */
export function observeWeb(
  request: Request,
  { activeSpan, failed, open }: Pick<RequestWatch, 'activeSpan' | 'failed' | 'open'>,
  onEnd: (record: RequestRecord) => void,
): WebObservation {
  const span = activeSpan?.()
  const timestamp = Date.now()
  const startMs = performance.now()
  let answered: Omit<Ending, 'outcome'> = {}
  const exchange = { ended: false, shutDown: () => end({ ...answered, outcome: 'shutdown' }) }
  const place = addWeakly(open, startMs, exchange)

  function end(ending: Ending): void {
    if (exchange.ended) return
    exchange.ended = true
    open.remove(place)
    try {
      report(ending)
    } catch (error) {
      failed(error)
    }
  }

  function report({ status, responseLength, ttfbMs, outcome, errorName }: Ending): void {
    const url = new URL(request.url)
    const trace = parseTraceparent(request.headers.get('traceparent'))
    const record: RequestRecord = {
      timestamp,
      durationMs: roundToMicros(performance.now() - startMs),
      ttfbMs,
      method: request.method,
      host: withoutUser(request.headers.get('host') ?? url.host),
      path: url.pathname,
      route: undefined,
      statusCode: status,
      outcome,
      httpVersion: undefined,
      requestBytes: undefined,
      responseBytes: undefined,
      requestContentLength: lengthOf(request.headers.get('content-length') ?? undefined),
      responseContentLength: lengthOf(responseLength ?? undefined),
      clientIp: undefined,
      userAgent: request.headers.get('user-agent') ?? undefined,
      username: undefined,
      errorName,
      traceId: trace?.traceId,
      spanId: trace?.spanId,
    }
    if (span !== undefined) addSpan(record, span)
    onEnd(record)
  }

  function respond(response: Response): Response {
    const { body, status } = response
    if (request.signal.aborted) {
      end({ outcome: 'aborted' })
      return response
    }
    const ttfbMs = roundToMicros(performance.now() - startMs)
    const responseLength = response.headers.get('content-length')
    const outcome = status >= FIRST_SERVER_ERROR ? 'error' : 'ok'
    answered = { status, responseLength, ttfbMs }
    const head: Ending = { ...answered, outcome }
    // Nobody reads the body of an answer to HEAD. One that somebody reads, or has read, is theirs.
    const passesOn = body && !response.bodyUsed && !body.locked
    const watched =
      passesOn && request.method !== 'HEAD' && status !== SWITCHING_PROTOCOLS
        ? withWatchedBody(response, body, cut => end({ ...head, ...(cut && endingOf(cut)) }))
        : undefined
    if (watched === undefined) end(head)
    return watched ?? response
  }

  return {
    respond(response) {
      try {
        return respond(response)
      } catch (error) {
        open.remove(place)
        failed(error)
        return response
      }
    },
    fail: error => end({ outcome: 'error', errorName: errorNameOf(error) }),
  }
}

/**
 * Undefined, and the response is as it was, where it cannot be made again with another body: a server may answer with a status (999) or a
 * reason phrase that no application may.
 */
function withWatchedBody(
  response: Response,
  body: ReadableStream<Uint8Array>,
  onEnd: (cut?: Cut) => void,
): Response | undefined {
  let watched: WatchedBody | undefined
  try {
    watched = watchBody(body, onEnd)
    const made = new Response(watched.stream, response)
    // That of @hono/node-server is made only when it is looked at, or refused.
    if (made.body) return made
  } catch {
    // As it was, then.
  }
  watched?.release()
  return undefined
}

function endingOf(cut: Cut): Ending {
  return { outcome: 'stream_closed', ...(cut.by === 'error' && { errorName: errorNameOf(cut.error) }) }
}

interface Ending {
  readonly outcome: Outcome
  readonly status?: number
  /** As it was declared. */
  readonly responseLength?: string | null
  readonly ttfbMs?: number
  readonly errorName?: string
}
