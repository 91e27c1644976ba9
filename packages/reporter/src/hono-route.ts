import type { Context } from 'hono'
import { findTargetHandler, isMiddleware } from 'hono/utils/handler'

/** What `app.use` registers with, and `app.all` and `app.mount` too. */
const ANY_METHOD = 'ALL'
/** Middleware of the whole application matches every path, and names none. */
const EVERYTHING: ReadonlySet<string> = new Set(['*', '/*'])
const NOT_FOUND = 404

/**
 * The template of the last handler that matched, with the paths of the applications it is in; undefined when only middleware did. Hono registers
 * both alike: what takes `next` and was not registered for a method is middleware. One that answered by itself (serveStatic, a
 * mounted application) is named by its pattern.
 */
export function routeOf(c: Context): string | undefined {
  // matchedRoutes() of hono/route finds nothing when an application in CommonJS has the other build of Hono.
  const matched = c.req.matchedRoutes
  const route = matched.findLast(
    ({ method, handler }) => method !== ANY_METHOD || !isMiddleware(findTargetHandler(handler)),
  )
  if (route !== undefined) return route.path
  const last = matched.at(c.req.routeIndex)
  if (last === undefined || EVERYTHING.has(last.path) || c.res.status === NOT_FOUND) return undefined
  return last.path
}
