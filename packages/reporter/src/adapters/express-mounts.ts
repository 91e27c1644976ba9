/**
 * The templates that routers and applications of Express are mounted at. Express keeps of them only the text that was asked for (`baseUrl`),
 * and not even that once a handler passed an error on. But it keeps its routers: the way through them to a route is looked for once, and
 * for each request the mounts on it are matched again, which tells their parameters.
 */

import { withoutQuery } from '../requests/request-record.ts'
import type { Layer, Matched, Params, RoutedApplication } from './express-layers.ts'
import { type Way, waysTo } from './express-ways.ts'
import { segments } from './route-template.ts'

/** An application that goes on for ever like this is none. */
const MAX_DEPTH = 16

/** What Express shows of the way that a request went: from the inside out, as an error goes on, what it was before; or what came after it. */
export interface RequestUrls {
  readonly baseUrl?: string | undefined
  readonly url?: string | undefined
}

/** A way that the path goes: the templates of its mounts, what was asked for in their places, and what they leave of it. */
interface Followed {
  readonly layer: Layer
  readonly template: string
  readonly text: string
  readonly rest: string
}

/**
 * The templates before that of the route, `''` for a route of the application itself; undefined when they cannot be told. They are looked for from
 * the outermost application on, since a request that failed in a mounted one does not show that any more. `around` is where the request was
 * first seen: an application that is not mounted with that one is called by a function, and nobody knows where.
 */
export function mountTemplateOf(
  app: RoutedApplication,
  route: object,
  path: string,
  request: RequestUrls,
  around: RoutedApplication = app,
): string | undefined {
  const root = outermost(app)
  const ways = waysTo(root, route)
  if (outermost(around) !== root) return leadingTo(followWays(ways, path), '')?.template
  // Of the application itself, as most are: nothing is to be matched.
  if (ways.length === 1 && ways[0]?.mounts.length === 0) return ''
  return chooseWay(ways, path, request)
}

/** Whether the one is mounted around the other, or both in the same. */
export function isWithin(app: RoutedApplication, around: RoutedApplication): boolean {
  return outermost(app) === outermost(around)
}

function outermost(app: RoutedApplication): RoutedApplication {
  let at = app
  for (let depth = 0; at.parent !== undefined && depth < MAX_DEPTH; depth++) at = at.parent
  return at
}

/** Of several ways that the path goes, one of which the route matches the rest: a mount may begin another one, and `/` begins all. */
function chooseWay(ways: readonly Way[], path: string, request: RequestUrls): string | undefined {
  const { baseUrl = '' } = request
  const open = followWays(ways, path)
  const shown = open.find(({ text }) => text === baseUrl)
  // Nothing to choose from, as nearly always.
  if (shown !== undefined && open.length === 1) return shown.template
  const went = baseUrl + withoutQuery(request.url ?? '')
  if (went === path) return leadingTo(open, baseUrl)?.template
  // The application changed the path somewhere on the way; or this is where another one answered after an error.
  const chosen = leadingTo(followWays(ways, went), baseUrl) ?? leadingTo(open, baseUrl)
  return (chosen ?? shown ?? (baseUrl === '' ? open[0] : undefined))?.template
}

/** The one that Express shows goes first, where it shows any. */
function leadingTo(open: readonly Followed[], baseUrl: string): Followed | undefined {
  const leading = open.filter(({ layer, rest }) => matchLayer(layer, rest) !== undefined)
  return (baseUrl === '' ? undefined : leading.find(({ text }) => text === baseUrl)) ?? leading[0]
}

function followWays(ways: readonly Way[], path: string): readonly Followed[] {
  const open: Followed[] = []
  for (const way of ways) {
    const followed = followWay(way, path)
    if (followed !== undefined) open.push(followed)
  }
  return open
}

/** Undefined when the path does not go this way. */
function followWay({ mounts, layer }: Way, path: string): Followed | undefined {
  let template = ''
  let text = ''
  let rest = path
  for (const mount of mounts) {
    const matched = matchLayer(mount, rest)
    if (matched === undefined) return undefined
    const asked = matched.path ?? ''
    template += mountTemplate(mount, asked, matched)
    text += asked.endsWith('/') ? asked.slice(0, -1) : asked
    rest = rest.slice(asked.length) || '/'
  }
  return { layer, template, text, rest }
}

/** Undefined when it does not match, or when what it takes for a parameter cannot be decoded. Never throws. */
export function matchLayer(layer: Layer, path: string): Matched | undefined {
  try {
    const answer = layer.match(path)
    if (answer === false) return undefined
    return answer === true ? { path: layer.path, params: layer.params } : answer
  } catch {
    return undefined
  }
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
