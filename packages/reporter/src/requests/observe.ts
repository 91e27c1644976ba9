/** A request is observed once, whether it was looked at when Node handed it out or is now. */

import { lookFirst, takeFirstLook } from './first-look.ts'
import { isHttp1, Observation, type OnRecord } from './observation.ts'
import type { RawRequest, RawResponse } from './outcome.ts'
import type { RequestWatch } from './request-watch.ts'
import { countBytes, endBytes } from './socket-bytes.ts'

/** What an adapter knows of a request when it comes. */
interface KnownRequest {
  /** The template of its route. */
  readonly route?: string | undefined
  /** As it was asked for, where that of Node's request may be another by now. */
  readonly url?: string | undefined
  /** Whether the framework changes the prototypes of requests and responses: then those that follow are better looked at before (first-look.ts). */
  readonly reshaped?: boolean | undefined
}

/**
 * Calls `onRecord` with what is known when the response closes, or when the application closes first; before that once more, if the request is open for longer than
 * the options say. `onRecord` must not throw. Each response is to be observed once. Never throws, whatever somebody made of Node's objects, neither
 * here nor later: what cannot be found out is left out.
 */
export function observe(
  request: RawRequest,
  response: RawResponse,
  watch: RequestWatch,
  onRecord: OnRecord,
  { route, url, reshaped = false }: KnownRequest = {},
): void {
  try {
    const looked = takeFirstLook(request)
    looked?.lookAgain()
    const observation = looked ?? new Observation(request, response, url)
    observation.claim(watch, onRecord, route)
    if (reshaped && looked === undefined) lookFirst(serverOf(request))
  } catch (error) {
    watch.failed(error)
  }
}

/** A connection of node:http knows its server, which its types do not. What is injected may have none. */
function serverOf({ socket }: { readonly socket: (object & { readonly server?: object }) | null }): object | undefined {
  return socket?.server
}

/** For a request that gets no record: what it took on its connection is not charged to the next. */
export function passOver(request: RawRequest, response: RawResponse): void {
  if (takeFirstLook(request) !== undefined) return
  const { httpVersion, socket } = request
  const bytes = isHttp1(httpVersion) && socket ? countBytes(socket, request, response) : undefined
  if (bytes !== undefined) response.on('close', () => endBytes(socket, bytes, request.complete))
}
