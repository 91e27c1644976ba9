import { mountTemplateOf, type RoutedApplication } from './express-mounts.ts'
import { joinTemplates, mountOf, templateText } from './route-template.ts'

/** What Express says about the route of a request, when its response has closed. */
export interface RoutedRequest {
  readonly app?: RoutedApplication
  readonly baseUrl?: string
  readonly route?: { readonly path?: unknown } | undefined
}

/**
 * The template, with those that its router and its application are mounted at before it: `/shops/:shop/orders/:id`; undefined when no route
 * matched. Several paths, or a pattern, are printed. Where the mounts cannot be told, the path that was asked for stands before it, and
 * where Express forgot that too, a plain template says by its number of segments where it began.
 */
export function routeOf({ app, baseUrl, route }: RoutedRequest, path: string): string | undefined {
  const template = route?.path
  const text = templateText(template)
  if (route === undefined || text === undefined) return undefined
  const mount = app && mountTemplateOf(app, route, path)
  return joinTemplates(mount ?? (baseUrl || (typeof template === 'string' ? mountOf(template, path) : '')), text)
}
