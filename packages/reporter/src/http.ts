/** The reporter for a plain server of node:http, node:https or node:http2 (its compatibility API). */

import type { Server as HttpServer } from 'node:http'
import type { Http2SecureServer, Http2Server } from 'node:http2'
import type { Server as HttpsServer } from 'node:https'
import { type Adapter, type AdapterOptions, createAdapter } from './adapter.ts'
import type { RawRequest, RawResponse } from './outcome.ts'
import type { Reporter } from './reporter.ts'

/** Options of a reporter (or `reporter: an existing one`), `skip(request)` and `enrich(request, response)`. */
export type PumphouseHttpOptions = AdapterOptions<RawRequest, RawResponse>

/** A server whose requests can be recorded. */
export type InstrumentableServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer

/** Call it first thing for each request. Its reporter is to be closed when the server has closed. */
export type RequestObserver = ((request: RawRequest, response: RawResponse) => void) & { readonly reporter: Reporter }

/** What records the requests of a server. */
export interface Instrumentation {
  /** To be closed when the server has closed. */
  readonly reporter: Reporter
}

/** What a server emits for a request it hands out with its response: which of them, says what the application listens for. */
const REQUEST_EVENTS: ReadonlySet<unknown> = new Set(['request', 'checkContinue', 'checkExpectation'])

/**
 * `const { reporter } = instrument(server, { service: 'orders' })`: records every request of a server, whatever handles it. An adapter of a
 * framework on the same requests adds the route to the same record; give it this `reporter`. Throws OptionsError.
 *
 * It looks at what the server emits and adds no listener: a listener changes what Node does by itself (100 Continue, for one).
 */
export function instrument(server: InstrumentableServer, options: PumphouseHttpOptions): Instrumentation {
  const adapter = createAdapter(options, { awaitsFramework: true })
  const { reporter } = adapter
  if (reporter.disabled) return { reporter }
  const { emit } = server
  server.emit = function (this: unknown, ...args: unknown[]): boolean {
    const [event, request, response] = args
    if (REQUEST_EVENTS.has(event)) watch(adapter, request as RawRequest, response as RawResponse)
    return Reflect.apply(emit, this, args)
  }
  return { reporter }
}

/**
 * `const analytics = pumphouse({ service: 'orders' }); createServer((req, res) => { analytics(req, res); … })`.
 * Records each request on the close of its response. A route is what `enrich` says. Throws OptionsError.
 */
export function pumphouse(options: PumphouseHttpOptions): RequestObserver {
  const adapter = createAdapter(options)
  const { reporter } = adapter
  const observer = reporter.disabled
    ? () => undefined
    : (request: RawRequest, response: RawResponse) => watch(adapter, request, response)
  return Object.assign(observer, { reporter })
}

function watch(adapter: Adapter<RawRequest, RawResponse>, request: RawRequest, response: RawResponse): void {
  adapter.watch({ raw: request, rawResponse: response, request, response })
}
