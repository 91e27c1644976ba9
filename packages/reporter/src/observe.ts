/**
 * Watches one request from the first look at it to the 'close' of its raw response, which every request reaches however it ends. Nothing is
 * read from the request's stream, and of the response only writeHead is wrapped, to know when the reply began: Node calls it itself
 * when the application does not, and the wrapper passes on exactly what it is given.
 */

import { outcomeOf, type RawRequest, type RawResponse } from './outcome.ts'
import { type RequestRecord, recordOfHead, roundToMicros } from './request-record.ts'
import { takeBytes } from './socket-bytes.ts'

const HTTP_2 = 2

/** Calls `onClose` once, with what is known when the response closes. `onClose` must not throw. */
export function observe(request: RawRequest, response: RawResponse, onClose: (record: RequestRecord) => void): void {
  const startMs = performance.now()
  const { httpVersionMajor, socket } = request
  // Asked once while it is connected, a socket remembers its peer: frameworks look it up when it may be gone.
  const record = recordOfHead(request, Date.now(), socket?.remoteAddress)
  const sentAtMs = watchHead(response)

  response.on('close', () => {
    const durationMs = performance.now() - startMs
    const headMs = sentAtMs()
    const bytes = httpVersionMajor >= HTTP_2 || !socket ? undefined : takeBytes(socket)
    record.durationMs = roundToMicros(durationMs)
    if (headMs !== undefined) record.ttfbMs = roundToMicros(headMs - startMs)
    if (response.headersSent) record.statusCode = response.statusCode
    record.outcome = outcomeOf(request, response, httpVersionMajor >= HTTP_2 ? undefined : socket, durationMs)
    record.requestBytes = bytes?.read
    record.responseBytes = bytes?.written
    onClose(record)
  })
}

/** For a request that gets no record: what it took on its connection is not charged to the next. */
export function passOver(request: RawRequest, response: RawResponse): void {
  const { httpVersionMajor, socket } = request
  if (httpVersionMajor < HTTP_2 && socket) response.on('close', () => takeBytes(socket))
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
