/**
 * Sees the chunks of bodies as they go by. What comes in is seen where Node hands it to the request's stream, `push`: a 'data' listener would start
 * the flow before the application does. What goes out is seen in `write` and `end`. Each call is passed on with exactly what it was given, and
 * returns what it returned: order, backpressure and callbacks stay those of the original.
 */

import { apply } from './apply.ts'
import type { RawRequest, RawResponse } from './outcome.ts'

/** Takes a chunk; must not change, keep or throw. `encoding` is that of a text. */
export type OnChunk = (chunk: string | Uint8Array, encoding: BufferEncoding | undefined) => void

type Method = (...args: unknown[]) => unknown

/** Chunks that reach the request from now on, whoever reads them, or nobody. */
export function tapRequest(request: RawRequest, onChunk: OnChunk): void {
  const target = request as unknown as { push: Method }
  target.push = passing(target.push, onChunk)
}

/** Chunks that the application writes from now on, and Node sends. */
export function tapResponse(response: RawResponse, onChunk: OnChunk): void {
  const target = response as unknown as { write: Method; end: Method }
  const onSent: OnChunk = (chunk, encoding) => {
    if (takesBody(response)) onChunk(chunk, encoding)
  }
  // The `end` of HTTP/2 calls `write`: that chunk was seen.
  let ending = false
  target.write = passing(target.write, (chunk, encoding) => {
    if (!ending) onSent(chunk, encoding)
  })
  target.end = ended(passing(target.end, onSent), isEnding => {
    ending = isEnding
  })
}

const NO_CONTENT = 204
const RESET_CONTENT = 205
const NOT_MODIFIED = 304

/** Of a response that has ended, or has no body by its status, Node leaves out what is written. (Of one to HEAD as well: whoever taps knows that.) */
function takesBody(response: RawResponse): boolean {
  const { statusCode } = response
  if (response.writableEnded || statusCode === NO_CONTENT || statusCode === NOT_MODIFIED) return false
  return statusCode !== RESET_CONTENT || !('stream' in response)
}

/** These come from calls for the reason that observe.ts gives for writeHead. */
function passing(method: Method, onChunk: OnChunk): Method {
  return function (this: unknown, ...args) {
    pass(args, onChunk)
    return apply(method, this, args)
  }
}

function ended(end: Method, note: (isEnding: boolean) => void): Method {
  return function (this: unknown, ...args) {
    note(true)
    try {
      return apply(end, this, args)
    } finally {
      note(false)
    }
  }
}

function pass([chunk, encoding]: readonly unknown[], onChunk: OnChunk): void {
  if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return
  try {
    onChunk(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : undefined)
  } catch {
    // The application's write goes on, whatever was wrong with looking at it.
  }
}
