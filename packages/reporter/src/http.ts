/** The reporter for a plain server of node:http, node:https or node:http2 (its compatibility API). */

import { type AdapterOptions, createAdapter } from './adapter.ts'
import { observe, passOver } from './observe.ts'
import type { RawRequest, RawResponse } from './outcome.ts'
import type { Reporter } from './reporter.ts'

/** Options of a reporter (or `reporter: an existing one`), `skip(request)` and `enrich(request, response)`. */
export type PumphouseHttpOptions = AdapterOptions<RawRequest, RawResponse>

/** Call it first thing for each request. Its reporter is to be closed when the server has closed. */
export type RequestObserver = ((request: RawRequest, response: RawResponse) => void) & { readonly reporter: Reporter }

/**
 * `const analytics = pumphouse({ service: 'orders' }); createServer((req, res) => { analytics(req, res); … })`.
 * Records each request on the close of its response. A route is what `enrich` says. Throws OptionsError.
 */
export function pumphouse(options: PumphouseHttpOptions): RequestObserver {
  const adapter = createAdapter(options)
  const observer = (request: RawRequest, response: RawResponse): void => {
    if (adapter.skips(request)) passOver(request, response)
    else observe(request, response, record => adapter.report(record, request, response, () => undefined))
  }
  return Object.assign(observer, { reporter: adapter.reporter })
}
