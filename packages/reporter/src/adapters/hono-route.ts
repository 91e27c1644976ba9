import type { Context } from 'hono'
import { findTargetHandler, isMiddleware } from 'hono/utils/handler'
import { joinTemplates } from './route-template.ts'

/** What `app.use` registers with, and `app.all` and `app.mount` too. */
const ANY_METHOD = 'ALL'
/** Middleware of the whole application matches every path, and names none. */
const EVERYTHING: ReadonlySet<string> = new Set(['*', '/*'])
const NOT_FOUND = 404

/**
 * The template of the route, of which `path` is what the client asked for; undefined when none matched. A Hono application in another one
 * (`app.mount`) knows neither the path nor the template of its mount: the text before its own path stands for it.
 */
export function routeOf(c: Context, path: string): string | undefined {
  const template = matchedTemplate(c)
  const mounted = path.length > c.req.path.length && path.endsWith(c.req.path)
  return template !== undefined && mounted ? joinTemplates(path.slice(0, -c.req.path.length), template) : template
}

/**
 * The template of the last handler that matched, with the paths of the applications it is in; undefined when only middleware did. Hono registers
 * both alike: what takes `next` and was not registered for a method is middleware. One that answered by itself (serveStatic, a
 * mounted application) is named by its pattern.
 */
function matchedTemplate(c: Context): string | undefined {
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
