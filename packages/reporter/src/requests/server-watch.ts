/**
 * Sees what a server does with every connection, also where no listener of the application and no hook of a framework runs:
 *
 *   handed out with a response        diagnostics_channel 'http.server.request.start' (HTTP/1), the events below (HTTP/2)
 *   answered by Node without a word   the same channel: 417 (unknown Expect), 400 (no Host), 503 (maxRequestsPerSocket)
 *   cannot be read (400, 408, 431)    'clientError'
 *   leaves HTTP                       'upgrade' and 'connect', where the application listens for them
 *   CONNECT that nobody listens for   Node destroys the connection and tells nobody: only here a listener is added, which does the same. A server of HTTP/2
 *                                     has none: it answers 405 where nobody listens. So with allowHTTP1 a CONNECT of HTTP/1 is not seen
 *
 * Events are seen by passing through the server's `emit`. Listeners would be simpler, and would change what the client gets: with one for 'clientError'
 * Node no longer replies, with one for 'upgrade' it no longer treats such requests as others.
 */

import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import type { Http2SecureServer, Http2Server } from 'node:http2'
import type { Server as HttpsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import type { RecordInput } from '../reporter.ts'
import { unlessBroken } from '../unless-broken.ts'
import { apply } from './apply.ts'
import type { RawRequest, RawResponse } from './outcome.ts'
import { watchRefusal } from './refused-request.ts'
import { onRequestStart, type RequestStart } from './request-start.ts'

/** A server whose requests can be recorded. */
export type WatchedServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer

/** Who is told. onFailure must not throw, and hears when another of these does. */
export interface ServerListener {
  /** A request with its response, before anybody else sees it. Told more than once of some. */
  onRequest(request: RawRequest, response: RawResponse): void
  /** A request that leaves HTTP, before the application gets it. */
  onUpgrade(request: IncomingMessage, socket: Duplex): void
  /** The record of what could not be read as a request. */
  onRefused(record: RecordInput): void
  /** Something could not be looked at. What the server does is not touched by it. */
  onFailure(error: unknown): void
}

/** With a request and a response as arguments: which of them is emitted says what the application listens for. */
const REQUEST_EVENTS: ReadonlySet<unknown> = new Set(['request', 'checkContinue', 'checkExpectation'])

/** The listeners of each server. The channel is one for the whole process, and is listened to from the first server on. */
const listenersOf = new WeakMap<object, ServerListener[]>()
let subscribed = false

/** Tells `listener` of everything that reaches the server from now on. What clients get stays the same to the byte. */
export function watchServer(server: WatchedServer, listener: ServerListener): void {
  const listeners = listenersOf.get(server)
  if (listeners === undefined) {
    listenersOf.set(server, [listener])
    passThroughEmit(server)
    if (!('updateSettings' in server)) server.on('connect', destroyUnwanted)
  } else {
    listeners.push(listener)
  }
  if (!subscribed) onRequestStart(noteRequest)
  subscribed = true
}

function noteRequest({ request, response, server }: RequestStart): void {
  for (const listener of listenersOf.get(server) ?? []) {
    guarded(listener, () => listener.onRequest(request, response))
  }
}

function passThroughEmit(server: WatchedServer): void {
  const { emit } = server
  server.emit = function (this: unknown, ...args: unknown[]): boolean {
    unlessBroken(() => {
      for (const listener of listenersOf.get(server) ?? []) guarded(listener, () => noteEvent(listener, args))
    })
    return apply(emit, this, args)
  }
}

function noteEvent(listener: ServerListener, [event, first, second]: readonly unknown[]): void {
  if (REQUEST_EVENTS.has(event) || (event === 'connect' && isResponse(second))) {
    listener.onRequest(first as RawRequest, second as RawResponse)
  } else if (event === 'upgrade' || event === 'connect') {
    listener.onUpgrade(first as IncomingMessage, second as Duplex)
  } else if (event === 'clientError') {
    watchRefusal(first as Error, second as Duplex, record => listener.onRefused(record))
  }
}

function guarded(listener: ServerListener, look: () => void): void {
  try {
    look()
  } catch (error) {
    listener.onFailure(error)
  }
}

/** In HTTP/2 a CONNECT comes with a response, like any request. */
function isResponse(value: unknown): value is ServerResponse {
  return value instanceof Object && 'writeHead' in value
}

/** Registered, so that several installed copies of this package know that none of them is the application. */
const unwanted = Symbol.for('@pumphouse/reporter/unwanted-connect')

/** What Node does when nobody listens. */
const destroyUnwanted = Object.assign(
  function (this: unknown, _request: IncomingMessage, socket: Duplex): void {
    if ((this as HttpServer).listeners('connect').every(listener => unwanted in listener)) socket.destroy()
  },
  { [unwanted]: true },
)
