/** The reporter as middleware of Hono 4: `app.use(pumphouse({ service: 'orders' }))`, before everything it is to see. */

import type { Context, MiddlewareHandler } from 'hono'
import type { Reporter } from '../reporter.ts'
import { observeWeb } from '../requests/observe-web.ts'
import type { RawRequest, RawResponse } from '../requests/outcome.ts'
import { type AdapterOptions, createAdapter } from './adapter.ts'
import { routeOf } from './hono-route.ts'
import type { Describe } from './request-hooks.ts'
import { nameError } from './thrown-error.ts'

/** Options of a reporter (or `reporter: an existing one`), `skip(c)` and `enrich(c)`. */
export type PumphouseHonoOptions = AdapterOptions<Context, undefined>

/** The middleware, with its reporter: await `reporter.close()` when the server has closed. */
export type PumphouseMiddleware = MiddlewareHandler & { readonly reporter: Reporter }

/**
 * Records every request that reaches it. Under @hono/node-server on the close of its raw response; elsewhere, where there is none, when the
 * body of the response has been read to its end or is given up. Throws OptionsError.
 */
export function pumphouse(options: PumphouseHonoOptions): PumphouseMiddleware {
  const adapter = createAdapter(options)
  const { reporter } = adapter

  const middleware: MiddlewareHandler = async (c, next) => {
    if (reporter.disabled) return next()
    const describe: Describe = record => {
      record.route = routeOf(c, record.path)
      if (c.error) nameError(record, c.error, reporter.requests.errorMessages)
    }
    const node = nodeExchange(c)
    if (node !== undefined) {
      adapter.watch({ ...node, request: c, response: undefined }, describe)
      return next()
    }
    const seen = adapter.claim(c.req.raw, c, undefined, describe)
    if (seen === undefined || seen.skipped) return next()
    const observation = observeWeb(c.req.raw, reporter.requests, record => adapter.report(seen, record))
    try {
      await next()
    } catch (error) {
      observation.fail(error)
      throw error
    }
    const observed = observation.respond(c.res)
    if (observed === c.res) return
    // Or Hono would copy the headers of the one into the other.
    c.res = undefined
    c.res = observed
  }
  return Object.assign(middleware, { reporter })
}

/** Node's own request and response, where @hono/node-server hands them on. */
function nodeExchange({ env }: Context): { raw: RawRequest; rawResponse: RawResponse } | undefined {
  if (!(env?.incoming && typeof env.outgoing?.writeHead === 'function')) return undefined
  return { raw: env.incoming, rawResponse: env.outgoing }
}
