import type { Context } from 'koa'
import { ANYTHING, boundedMount } from './bounded-mounts.ts'
import { joinTemplates, mountOf, templateText } from './route-template.ts'

/**
 * The template, with the path of koa-mount before it; undefined when no route matched. `path` as it was asked for. Both routers note the template of the
 * last route that they chose; a RegExp as such.
 */
export function routeOf(ctx: Context, path: string): string | undefined {
  const template: unknown = ctx['_matchedRoute']
  if (typeof template !== 'string') return templateText(template)
  return joinTemplates(mountBefore(ctx, template, path), template)
}

/**
 * Where the router is mounted. What is before its template in the path may have been taken off by koa-mount, or by middleware of the application that rewrites paths
 * (a tenant, a language): it is no mount where koa-mount took off nothing, and one where it is what koa-mount says it took off last. Of anything else in it nobody
 * knows, so that is bounded for each route.
 */
function mountBefore(ctx: Context, template: string, path: string): string {
  const mountPath: unknown = ctx['mountPath']
  if (typeof mountPath !== 'string') return ''
  const text = mountOf(template, path)
  const known = mountPath.endsWith('/') ? mountPath.slice(0, -1) : mountPath
  if (text === '' || text === known) return text
  return boundedMount(matchedLayer(ctx, template), text, withAnything(text, known))
}

/** `*` in place of what is around the mount that is known. That may also be one which let the request go on to others. */
function withAnything(text: string, known: string): string {
  if (text.endsWith(known)) return ANYTHING + known
  return text.startsWith(`${known}/`) ? known + ANYTHING : ANYTHING
}

/** For a route that cannot be found again. */
const unknownLayer = {}

/** The route itself: a template like `/:id` is that of many routers. */
function matchedLayer(ctx: Context, template: string): object {
  const matched: unknown = ctx['matched']
  const layers: readonly { readonly path?: unknown }[] = Array.isArray(matched) ? matched : []
  return layers.findLast(({ path }) => path === template) ?? unknownLayer
}
