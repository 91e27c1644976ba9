/** The reporter as middleware of Express 4 and 5: `app.use(pumphouse({ service: 'orders' }))`, before the routes. */

import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import { type AdapterOptions, createAdapter } from './adapter.ts'
import { nameError } from './error-name.ts'
import { routeOf } from './express-route.ts'
import type { Reporter } from './reporter.ts'

/** Options of a reporter (or `reporter: an existing one`), `skip(request)` and `enrich(request, response)`. */
export type PumphouseExpressOptions = AdapterOptions<Request, Response>

/** The middleware, with its reporter: await `reporter.close()` when the server has closed. */
export type PumphouseMiddleware = RequestHandler & { readonly reporter: Reporter }

/** What was thrown waits here for the close of the response. */
const thrown = new WeakMap<object, { readonly error: unknown }>()

/** Records every request that reaches it, on the close of its raw response. Throws OptionsError. */
export function pumphouse(options: PumphouseExpressOptions): PumphouseMiddleware {
  const adapter = createAdapter(options)
  const { reporter } = adapter
  const middleware: RequestHandler = (request, response, next) => {
    if (!reporter.disabled) {
      adapter.watch({ raw: request, rawResponse: response, request, response }, record => {
        const failure = thrown.get(request)
        if (failure) nameError(record, failure.error, reporter.requests)
        record.clientIp = request.ip ?? record.clientIp
        record.route = routeOf(request, record.path)
      })
    }
    next()
  }
  return Object.assign(middleware, { reporter })
}

/** `app.use(pumphouse.errors())` after the routes and before the error handlers: puts the name of the error into the record. */
pumphouse.errors = (): ErrorRequestHandler => (error, request, _response, next) => {
  thrown.set(request, { error })
  next(error)
}
