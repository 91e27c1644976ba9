/** The reporter as middleware of Express 4 and 5: `app.use(pumphouse({ service: 'orders' }))`, before the routes. */

import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import type { Reporter } from '../reporter.ts'
import { type Adapter, type AdapterOptions, createAdapter } from './adapter.ts'
import type { RoutedApplication } from './express-layers.ts'
import { routeOf } from './express-route.ts'
import { watchApplication } from './express-watch.ts'
import { noteError } from './thrown-error.ts'

/** Options of a reporter (or `reporter: an existing one`), `skip(request)` and `enrich(request, response)`. */
export type PumphouseExpressOptions = AdapterOptions<Request, Response>

/** The middleware, with its reporter: await `reporter.close()` when the server has closed. */
export type PumphouseMiddleware = RequestHandler & { readonly reporter: Reporter }

/** Records every request that reaches it, on the close of its raw response. Throws OptionsError. */
export function pumphouse(options: PumphouseExpressOptions): PumphouseMiddleware {
  const adapter = createAdapter(options)
  return Object.assign(middlewareOf(adapter), { reporter: adapter.reporter })
}

/** Watches every request that reaches it. */
export function middlewareOf(adapter: Adapter<Request, Response>): RequestHandler {
  const { disabled, requests } = adapter.reporter
  if (disabled) return (_request, _response, next) => next()
  return (request, response, next) => {
    let around: RoutedApplication | undefined
    try {
      around = request.app as RoutedApplication | undefined
      watchApplication(around)
    } catch (error) {
      // Only where somebody changed what Express' objects do.
      requests.failed(error)
    }
    adapter.watch({ raw: request, rawResponse: response, request, response, reshaped: true }, record => {
      record.clientIp = request.ip ?? record.clientIp
      record.route = routeOf(request, record.path, around)
    })
    next()
  }
}

/** `app.use(pumphouse.errors())` after the routes and before the error handlers: puts the name of the error into the record. */
pumphouse.errors = (): ErrorRequestHandler => (error, request, _response, next) => {
  noteError(request, error)
  next(error)
}
