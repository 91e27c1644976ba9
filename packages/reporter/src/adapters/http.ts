/** The reporter for a plain server of node:http, node:https or node:http2 (its compatibility API). */

import { describeFound, OptionsError } from '@pumphouse/options'
import type { Reporter } from '../reporter.ts'
import type { RawRequest, RawResponse } from '../requests/outcome.ts'
import { type WatchedServer, watchServer } from '../requests/server-watch.ts'
import { type Adapter, type AdapterOptions, createAdapter } from './adapter.ts'

/** Options of a reporter (or `reporter: an existing one`), `skip(request)` and `enrich(request, response)`. */
export type PumphouseHttpOptions = AdapterOptions<RawRequest, RawResponse>

/** Call it first thing for each request. Its reporter is to be closed when the server has closed. */
export type RequestObserver = ((request: RawRequest, response: RawResponse) => void) & { readonly reporter: Reporter }

/** What records the requests of a server. */
export interface Instrumentation {
  /** To be closed when the server has closed. */
  readonly reporter: Reporter
}

/** What cannot be read as a request is nobody's to mark as seen: of several that instrument a server, the first records it. */
const instrumented = new WeakSet<WatchedServer>()

/**
 * `const { reporter } = instrument(server, { service: 'orders' })`: records every request of a server, whatever handles it, and those that
 * reach no handler: what could not be read, what left HTTP. What clients get stays the same. An adapter of a framework on the same requests adds
 * the route to the same record; give it this `reporter`. Throws OptionsError.
 */
export function instrument(server: WatchedServer, options: PumphouseHttpOptions): Instrumentation {
  if (!isServer(server)) {
    const expected = 'a server of node:http, node:https or node:http2'
    throw new OptionsError('instrument()', [{ path: 'server', found: describeFound(server), expected }])
  }
  return watchWith(createAdapter(options, { awaitsFramework: true }), server)
}

/** Types say the same; an application of a framework is what is given in its place. */
function isServer(given: unknown): boolean {
  return typeof given === 'object' && given !== null && 'emit' in given && 'listening' in given
}

/** The same for the server of an application whose adapter sees what the framework sees: `skip` is asked there, with what the framework hands out. */
export function instrumentBelow(server: WatchedServer, reporter: Reporter): void {
  watchWith(
    createAdapter<RawRequest, RawResponse>({ reporter }, { awaitsFramework: true, belowFramework: true }),
    server,
  )
}

function watchWith(adapter: Adapter<RawRequest, RawResponse>, server: WatchedServer): Instrumentation {
  const { reporter } = adapter
  if (!reporter.disabled) {
    watchServer(server, {
      onRequest: (request, response) => watch(adapter, request, response),
      onUpgrade: (request, socket) => adapter.watchUpgrade(request, socket, request),
      onRefused: instrumented.has(server) ? () => undefined : record => void reporter.record(record),
      onFailure: reporter.requests.failed,
    })
    instrumented.add(server)
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
