/** What Express says about the route of a request, when its response has closed. */
export interface RoutedRequest {
  readonly baseUrl?: string
  readonly route?: { readonly path?: unknown } | undefined
}

/** Templates whose every segment is plain text or one parameter: they match paths of just as many segments. */
const PLAIN_TEMPLATE = /^[^*?+(){}[\]\\|]*$/

/**
 * The template, with the path that the router is mounted at before it: `/shops/5/orders/:id`; undefined when no route matched. Several paths
 * or a pattern are joined as text. Express forgets where a router was mounted once its handler passed an error on; a plain
 * template says by its number of segments where it began in `path`.
 */
export function routeOf(request: RoutedRequest, path: string): string | undefined {
  const template = request.route?.path
  if (template === undefined) return undefined
  if (typeof template !== 'string') return `${request.baseUrl ?? ''}${textOf(template)}`
  const mount = request.baseUrl || mountOf(template, path)
  return template === '/' && mount !== '' ? mount : `${mount}${template}`
}

function mountOf(template: string, path: string): string {
  if (!PLAIN_TEMPLATE.test(template)) return ''
  const asked = segments(path)
  const mounted = asked.slice(0, Math.max(0, asked.length - segments(template).length))
  return mounted.length === 0 ? '' : `/${mounted.join('/')}`
}

function segments(path: string): string[] {
  return path.split('/').filter(segment => segment !== '')
}

function textOf(template: unknown): string {
  return Array.isArray(template) ? template.map(String).join('|') : String(template)
}
