import { handedOn } from './express-handed-on.ts'
import { type HiddenRoute, hiddenMountOf } from './express-hidden-mounts.ts'
import type { Params, RoutedApplication } from './express-layers.ts'
import { mountTemplateOf, type RequestUrls } from './express-mounts.ts'
import { watchRoute } from './express-watch.ts'
import { joinTemplates, mountOf, templateText } from './route-template.ts'

/** What Express says about the route of a request, when its response has closed. */
export interface RoutedRequest extends RequestUrls {
  readonly app?: RoutedApplication
  readonly params?: Params | undefined
  readonly route?: HiddenRoute | undefined
}

/**
 * The template, with those that its router and its application are mounted at before it: `/shops/:shop/orders/:id`; undefined when no route
 * matched, or the last that did left the request to others. Several paths, or a pattern, are printed. Where no mount is seen on the way to it,
 * what can be told of the path that was asked for stands before it, and where Express forgot that too, a plain template says by its number of
 * segments where it began. `around` is the application in which the request was first seen.
 */
export function routeOf(request: RoutedRequest, path: string, around = request.app): string | undefined {
  const { app, route } = request
  if (route === undefined) return undefined
  watchRoute(app, route)
  const text = templateText(route.path)
  if (text === undefined || handedOn(request, route)) return undefined
  const mount = app && mountTemplateOf(app, route, path, request, around)
  return joinTemplates(mount ?? hiddenMount(request, route, path, around), text)
}

function hiddenMount(
  { app, baseUrl, params = {} }: RoutedRequest,
  route: HiddenRoute,
  path: string,
  around: RoutedApplication | undefined,
): string {
  const template = route.path
  const asked = baseUrl || (typeof template === 'string' ? mountOf(template, path) : '')
  return hiddenMountOf({ app, around }, route, asked, params)
}
