/** Templates of routes as text: what adapters of several frameworks need alike. */

/** Templates whose every segment is plain text or one parameter: they match paths of just as many segments. */
const PLAIN_TEMPLATE = /^[^*?+(){}[\]\\|]*$/

/** A template as text: several paths are joined, a pattern is printed. Undefined stays undefined. */
export function templateText(template: unknown): string | undefined {
  if (template === undefined || template === null) return undefined
  return Array.isArray(template) ? template.map(String).join('|') : String(template)
}

/**
 * Where a router that knows only its own template is mounted, from the path that was asked for: a plain template says by its number
 * of segments where it began. '' when it is not mounted, or when its length is nobody's to know.
 */
export function mountOf(template: string, path: string): string {
  if (!PLAIN_TEMPLATE.test(template)) return ''
  const asked = segments(path)
  const mounted = asked.slice(0, Math.max(0, asked.length - segments(template).length))
  return mounted.length === 0 ? '' : `/${mounted.join('/')}`
}

/** `/shop` and `/items/:id` as one; a router's own `/` adds nothing to its mount. */
export function joinTemplates(mount: string, template: string): string {
  return template === '/' && mount !== '' ? mount : `${mount}${template}`
}

/** What is between the slashes of a path. */
export function segments(path: string): string[] {
  return path.split('/').filter(segment => segment !== '')
}
