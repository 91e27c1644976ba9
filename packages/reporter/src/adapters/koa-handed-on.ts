/**
 * Whether a route handed a request on (`next()`) that nobody answered then. The router leaves the last route on the context either way:
 * `router.all('/{*rest}', authenticate)` would name every 404. So a function that notes it comes after those of each route: of the routers that the application
 * uses itself before its first request, of others (koa-mount, a function that calls one) once a 404 was theirs.
 */

import type { Context, Middleware } from 'koa'
import type { RequestRecord } from '../requests/request-record.ts'

/** A route of either router, or a middleware of one. */
interface Layer {
  readonly stack?: Middleware[]
}

/** What `router.routes()` returns shows the router. */
interface RouterMiddleware {
  readonly router?: { readonly stack?: readonly Layer[] }
}

const NOT_FOUND = 404

const applications = new WeakSet<object>()
const layers = new WeakSet<Layer>()
/** Texts that a layer found in the path: a router makes them anew for each that it calls. */
const handedOn = new WeakSet<object>()

const noteHandingOn: Middleware = (ctx, next) => {
  const captures: unknown = ctx['captures']
  if (Array.isArray(captures)) handedOn.add(captures)
  return next()
}

/** Watches the routes that the application uses now. */
export function watchRouters(app: { readonly middleware: readonly object[] }): void {
  if (applications.has(app)) return
  applications.add(app)
  for (const { router } of app.middleware as readonly RouterMiddleware[]) router?.stack?.forEach(watchLayer)
}

function watchLayer(layer: Layer): void {
  if (layers.has(layer)) return
  layers.add(layer)
  layer.stack?.push(noteHandingOn)
}

/** Whether the last route that matched left the request to others, of whom none answered, or failed. */
export function leftUnanswered(ctx: Context, { statusCode, errorName }: RequestRecord): boolean {
  if (statusCode !== NOT_FOUND || errorName !== undefined || isAnswered(ctx)) return false
  const { captures, matched } = ctx as { readonly captures?: unknown; readonly matched?: unknown }
  if (Array.isArray(matched)) matched.forEach(watchLayer)
  return Array.isArray(captures) && handedOn.has(captures)
}

/** With a body, or with a status that somebody set, of which Koa keeps a note. */
function isAnswered({ body, response }: Context): boolean {
  const { _explicitStatus: isSet } = response as { readonly _explicitStatus?: boolean }
  return (body !== undefined && body !== null) || isSet === true
}
