import { joinTemplates, mountOf, templateText } from './route-template.ts'

/** What Express says about the route of a request, when its response has closed. */
export interface RoutedRequest {
  readonly baseUrl?: string
  readonly route?: { readonly path?: unknown } | undefined
}

/**
 * The template, with the path that the router is mounted at before it: `/shops/5/orders/:id`; undefined when no route matched. Several paths
 * or a pattern are joined as text. Express forgets where a router was mounted once its handler passed an error on; a plain
 * template says by its number of segments where it began in `path`.
 */
export function routeOf(request: RoutedRequest, path: string): string | undefined {
  const template = request.route?.path
  const text = templateText(template)
  if (text === undefined) return undefined
  return joinTemplates(request.baseUrl || (typeof template === 'string' ? mountOf(template, path) : ''), text)
}
