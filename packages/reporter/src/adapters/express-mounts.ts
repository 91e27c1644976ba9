/**
 * The templates that routers and applications of Express are mounted at. Express keeps of them only the text that was asked for (`baseUrl`),
 * and not even that once a handler passed an error on. But it keeps its routers: the way through them to a route is looked for once, and
 * for each request the mounts on it are matched again, which tells their parameters.
 */

import { layersBelow } from './express-applications.ts'
import { type Layer, layersOf, type Matched, type Params, type RoutedApplication } from './express-layers.ts'
import { findsUntilNow } from './express-watch.ts'
import { segments } from './route-template.ts'

/** A router may be mounted at several places; an application that goes on for ever like this is none. */
const MAX_WAYS = 32
const MAX_DEPTH = 16

/** The mounts on the ways to a route, and how much was known when they were looked for. */
interface Ways {
  readonly finds: number
  readonly ways: readonly (readonly Layer[])[]
}

/** By application, then by route: the same router may be used in several. */
const waysFrom = new WeakMap<RoutedApplication, WeakMap<object, Ways>>()

/**
 * The templates before that of the route, `''` for a route of the application itself; undefined when they cannot be told. They are looked for from
 * the outermost application on, since a request that failed in a mounted one does not show that any more; and from the one that the request shows.
 */
export function mountTemplateOf(app: RoutedApplication, route: object, path: string): string | undefined {
  const mounts = matchWays(outermost(app), route, path)
  if (mounts !== undefined || app.parent === undefined) return mounts
  const applicationMount = mountOfApplication(app)
  if (applicationMount === undefined) return undefined
  const below = matchWays(app, route, withoutSegments(path, segments(applicationMount).length))
  return below === undefined ? undefined : applicationMount + below
}

function outermost(app: RoutedApplication): RoutedApplication {
  let at = app
  for (let depth = 0; at.parent !== undefined && depth < MAX_DEPTH; depth++) at = at.parent
  return at
}

function matchWays(app: RoutedApplication, route: object, path: string): string | undefined {
  for (const way of waysTo(app, route)) {
    const mounts = matchWay(way, path)
    if (mounts !== undefined) return mounts
  }
  return undefined
}

function waysTo(app: RoutedApplication, route: object): Ways['ways'] {
  let known = waysFrom.get(app)
  if (known === undefined) {
    known = new WeakMap()
    waysFrom.set(app, known)
  }
  let found = known.get(route)
  if (found === undefined || found.finds !== findsUntilNow()) {
    found = { finds: findsUntilNow(), ways: findWays(layersOf(app), route) }
    known.set(route, found)
  }
  return found.ways
}

/** Only texts: an application that is mounted at several paths, or at a pattern, does not say at which one it was asked. */
function mountOfApplication({ mountpath, parent }: RoutedApplication): string | undefined {
  if (parent === undefined) return ''
  const above = mountOfApplication(parent)
  if (above === undefined || typeof mountpath !== 'string') return undefined
  return mountpath === '/' ? above : above + mountpath
}

function findWays(stack: readonly Layer[], route: object): readonly (readonly Layer[])[] {
  const ways: Layer[][] = []
  const search = (layers: readonly Layer[], mounts: readonly Layer[]): void => {
    for (const layer of layers) {
      if (ways.length === MAX_WAYS) return
      if (layer.route === route) ways.push([...mounts])
      const inner = layersBelow(layer)
      if (inner !== undefined && mounts.length < MAX_DEPTH) search(inner, [...mounts, layer])
    }
  }
  search(stack, [])
  return ways
}

/** The templates of the mounts, one after the other; undefined when the path does not go this way. */
function matchWay(way: readonly Layer[], path: string): string | undefined {
  let templates = ''
  let rest = path
  for (const layer of way) {
    const matched = matchLayer(layer, rest)
    if (matched === undefined) return undefined
    const text = matched.path ?? ''
    templates += mountTemplate(layer, text, matched)
    rest = rest.slice(text.length) || '/'
  }
  return templates
}

/** Undefined when it does not match. Throws when the path cannot be decoded. */
export function matchLayer(layer: Layer, path: string): Matched | undefined {
  const answer = layer.match(path)
  if (answer === false) return undefined
  return answer === true ? { path: layer.path, params: layer.params } : answer
}

/** The template of a mount that matched this text. */
export function mountTemplate(layer: Layer, text: string, { params = {}, pattern }: Matched): string {
  if (typeof pattern === 'string') return pattern.replace(/\/+$/, '')
  if (pattern instanceof RegExp) return String(pattern)
  return templateOfExpress4(layer) ?? withParameters(text, params)
}

/** How the expression begins and ends that Express 4 makes of a text to mount something at, and what it makes of a parameter. */
const BEGIN_OF_EXPRESS_4 = '^'
const END_OF_EXPRESS_4 = '\\/?(?=\\/|$)'
const PARAMETER_OF_EXPRESS_4 = /\(\?:(\\\.)?(\\\/)?\(\[\^\\?\/(?:\\\.)?\]\+\?\)\)(\??)/g
const ESCAPED = /\\([/.-])/g
const SPECIAL = /[\\()[\]{}*+?|^$]/

const templatesOfExpress4 = new WeakMap<RegExp, string | null>()

/** Express 4 forgets the text and keeps the expression: one of somebody's own is printed, one of plain text and parameters becomes that again; undefined for any other. */
function templateOfExpress4({ regexp, keys = [] }: Layer): string | undefined {
  if (regexp === undefined) return undefined
  let template = templatesOfExpress4.get(regexp)
  if (template === undefined) {
    template = isOfExpress4(regexp) ? textOf(regexp, keys) : String(regexp)
    templatesOfExpress4.set(regexp, template)
  }
  return template ?? undefined
}

/** Whether Express 4 made the expression of a text, or somebody wrote it. */
export function isOfExpress4({ source }: RegExp): boolean {
  return source.startsWith(BEGIN_OF_EXPRESS_4) && source.endsWith(END_OF_EXPRESS_4)
}

function textOf({ source }: RegExp, keys: NonNullable<Layer['keys']>): string | null {
  let parameters = 0
  const text = source
    .slice(BEGIN_OF_EXPRESS_4.length, -END_OF_EXPRESS_4.length)
    .replace(PARAMETER_OF_EXPRESS_4, (_, dot: string | undefined, slash: string | undefined, optional: string) => {
      const name = `${slash ? '/' : ''}${dot ? '.' : ''}:${keys[parameters++]?.name}`
      // Set apart, or it would be taken for what an expression says.
      return optional === '' ? name : `${name}\0`
    })
    .replace(ESCAPED, '$1')
  return SPECIAL.test(text) ? null : text.replaceAll('\0', '?')
}

/** The text with the values of the parameters taken for their names again, where a value is a whole segment. */
export function withParameters(text: string, params: Params): string {
  const open = Object.entries(params)
  const named = segments(text).map(segment => {
    const index = open.findIndex(([, value]) => value === decoded(segment))
    const [entry] = index < 0 ? [] : open.splice(index, 1)
    return entry === undefined ? segment : `:${entry[0]}`
  })
  return named.length === 0 ? '' : `/${named.join('/')}`
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function withoutSegments(path: string, count: number): string {
  return `/${segments(path).slice(count).join('/')}`
}
