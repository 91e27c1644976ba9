/**
 * Watches one request where there is no raw response, only the Request and the Response of the web: its end is the end of its body. A body
 * is handed through chunk by chunk, as fast as it is asked for; sizes on the wire and the address of the client are not to be known.
 */

import type { Outcome } from '@pumphouse/record'
import { errorNameOf } from '../adapters/error-name.ts'
import { FIRST_SERVER_ERROR } from './outcome.ts'
import { addSpan, lengthOf, type RequestRecord, roundToMicros } from './request-record.ts'
import type { RequestWatch } from './request-watch.ts'
import { parseTraceparent } from './traceparent.ts'

/** A request that is being watched. */
export interface WebObservation {
  /** The response with its end watched; the same one when its end is now. */
  respond(response: Response): Response
  /** There is no response: the application threw what its framework does not catch. */
  fail(error: unknown): void
}

/** A response of an upgrade cannot be made again with another body. */
const SWITCHING_PROTOCOLS = 101

/**
 * Calls `onEnd` once, when the response has ended, however. `onEnd` must not throw. Of a request or a response that cannot be looked at there is no record, and the application
 * gets what it gave.
 */
export function observeWeb(
  request: Request,
  { activeSpan, failed }: Pick<RequestWatch, 'activeSpan' | 'failed'>,
  onEnd: (record: RequestRecord) => void,
): WebObservation {
  const span = activeSpan?.()
  const timestamp = Date.now()
  const startMs = performance.now()

  function end(ending: Ending): void {
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
      host: request.headers.get('host') ?? url.host,
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
    // Nobody reads the body of an answer to HEAD. One that somebody reads already is theirs.
    if (!body || body.locked || request.method === 'HEAD' || status === SWITCHING_PROTOCOLS) {
      end({ status, responseLength, ttfbMs, outcome })
      return response
    }
    return new Response(
      watched(body, cut => end({ status, responseLength, ttfbMs, outcome, ...cut })),
      response,
    )
  }

  return {
    respond(response) {
      try {
        return respond(response)
      } catch (error) {
        failed(error)
        return response
      }
    },
    fail: error => end({ outcome: 'error', errorName: errorNameOf(error) }),
  }
}

interface Ending {
  readonly outcome: Outcome
  readonly status?: number
  /** As it was declared. */
  readonly responseLength?: string | null
  readonly ttfbMs?: number
  readonly errorName?: string
}

/** The same chunks; then `onEnd`, once, with what cut it short if anything did. */
function watched(body: ReadableStream<Uint8Array>, onEnd: (cut?: Ending) => void): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let ended = false
  function end(cut?: Ending): void {
    if (!ended) onEnd(cut)
    ended = true
  }
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (ended) return
          if (!done) return controller.enqueue(value)
          controller.close()
          end()
        } catch (error) {
          controller.error(error)
          end({ outcome: 'stream_closed', errorName: errorNameOf(error) })
        }
      },
      async cancel(reason) {
        end({ outcome: 'stream_closed' })
        await reader.cancel(reason)
      },
    },
    // Reads nothing before it is asked for.
    { highWaterMark: 0 },
  )
}
