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
  const { push } = target
  target.push = function (this: unknown, ...args) {
    pass(args, onChunk)
    return apply(push, this, args)
  }
}

/** Chunks that the application writes from now on. */
export function tapResponse(response: RawResponse, onChunk: OnChunk): void {
  const target = response as unknown as { write: Method; end: Method }
  // The `end` of HTTP/2 calls `write`: that chunk was seen.
  let ending = false
  const { write, end } = target
  target.write = function (this: unknown, ...args) {
    if (!ending) pass(args, onChunk)
    return apply(write, this, args)
  }
  target.end = function (this: unknown, ...args) {
    pass(args, onChunk)
    ending = true
    try {
      return apply(end, this, args)
    } finally {
      ending = false
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
