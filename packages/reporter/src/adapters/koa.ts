/** The reporter as middleware of Koa 2 and 3: `app.use(pumphouse({ service: 'orders' }))`, before everything it is to see. */

import type { Context, Middleware } from 'koa'
import type { Reporter } from '../reporter.ts'
import { type AdapterOptions, createAdapter } from './adapter.ts'
import { leftUnanswered, watchRouters } from './koa-handed-on.ts'
import { routeOf } from './koa-route.ts'
import { noteError } from './thrown-error.ts'

/** Options of a reporter (or `reporter: an existing one`), `skip(ctx)` and `enrich(ctx)`. */
export type PumphouseKoaOptions = AdapterOptions<Context, undefined>

/** The middleware, with its reporter: await `reporter.close()` when the server has closed. */
export type PumphouseMiddleware = Middleware & { readonly reporter: Reporter }

/**
 * Records every request that reaches it, on the close of its raw response. The route is what @koa/router says, with the path it
 * is mounted at by koa-mount. Throws OptionsError.
 */
export function pumphouse(options: PumphouseKoaOptions): PumphouseMiddleware {
  const adapter = createAdapter(options)
  const { reporter } = adapter
  if (reporter.disabled) return Object.assign<Middleware, { reporter: Reporter }>((_ctx, next) => next(), { reporter })
  const named = pumphouse.errors()
  const middleware: Middleware = (ctx: Context, next) => {
    try {
      watchRouters(ctx.app)
    } catch (error) {
      // Only where somebody changed what Koa's objects do.
      reporter.requests.failed(error)
    }
    // koa-mount takes its prefix off the URL of Node's request.
    const { req: raw, res: rawResponse, originalUrl: url } = ctx
    adapter.watch({ raw, rawResponse, request: ctx, response: undefined, url }, record => {
      record.clientIp = ctx.ip || record.clientIp
      record.route = leftUnanswered(ctx, record) ? undefined : routeOf(ctx, record.path)
    })
    return named(ctx, next)
  }
  return Object.assign(middleware, { reporter })
}

/** `app.use(pumphouse.errors())` after middleware that catches errors: puts the name of one that passes through it into the record. */
pumphouse.errors =
  (): Middleware<unknown, Pick<Context, 'req'>> =>
  async ({ req }, next) => {
    try {
      return await next()
    } catch (error) {
      noteError(req, error)
      throw error
    }
  }
