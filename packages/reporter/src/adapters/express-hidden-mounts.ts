/**
 * Where a router is mounted that Express does not show: one that a function of the application calls itself,
 * `app.use('/shops/:shop', (request, response, next) => shop(request, response, next))`. Of such a mount there is only the text that was
 * asked for. Three things tell its template, in this order:
 *
 * 1. the mount of the function, and of whatever else the application uses below that path: Express matches it again;
 * 2. the parameters of the request, where the router merges those of its parents (`mergeParams`): their values become names again;
 * 3. nothing: a text stays as it is while few of them were seen (bounded-mounts.ts).
 *
 * Only routes that were found nowhere else come here.
 */

import { ANYTHING, boundedMount } from './bounded-mounts.ts'
import { hidesApplication, layersBelow } from './express-applications.ts'
import {
  type Layer,
  layersOf,
  type Matched,
  type Params,
  type RoutedApplication,
  routerBelow,
  type Stack,
} from './express-layers.ts'
import { isOfExpress4, isWithin, matchLayer, mountTemplate, withParameters } from './express-mounts.ts'

/** A route of it. */
export interface HiddenRoute {
  readonly path?: unknown
}

/** How a mount is named: what stands for the text that begins it, and the text after that of which nobody knows anything. */
interface Cover {
  readonly template: string
  readonly rest: string
  /** The layer of the innermost mount in it. */
  readonly layer?: Layer | undefined
  /** Whether it ends at an application that no request was seen to enter: every part of the rest may be a value. */
  readonly unseen?: boolean | undefined
}

/** What a layer leads to. */
type Below = (layer: Layer) => Stack | undefined

/** Lengths of texts, by the stack that was asked about them. */
type Asked = Map<Stack, Set<number>>

const MAX_DEPTH = 16
/** Mounts of routes alike that have a text in them of which nobody knows whether it is always the same: more than the routers of an API. */
const MAX_ALIKE = 100
/** Templates that are told apart below one mount: a function may make these anew, too. */
const MAX_TEMPLATES = 1_000

/** By template, below each mount. */
const routesBelow = new WeakMap<object, Map<string, object>>()

/** A parameter or a named wildcard of a template. */
const NAMES = /[:*](\w+)/g
const UNNAMED = /^\d+$/

/** The application that has the route, and the one in which the request was first seen. */
interface Place {
  readonly app: RoutedApplication | undefined
  readonly around: RoutedApplication | undefined
}

/** The template of a mount of which `text` was asked for, with the parameters of the request. Never throws. */
export function hiddenMountOf(place: Place, route: HiddenRoute, text: string, params: Params): string {
  if (text === '') return ''
  const { template, rest, unseen, layer } = coverOf(place, text)
  if (unseen && rest !== '') return template + ANYTHING
  if (rest === '') return boundedMount(route, template)
  const wild = template + ANYTHING
  const named = boundedMount(route, template + withParameters(rest, mergedParams(route, params)), wild)
  return boundedMount(alike(layer ?? place.around ?? route, route), named, wild, MAX_ALIKE)
}

/** What stands for all routes of a template below this: a function may make its routers, and so its routes, anew for each request. */
function alike(below: object, { path }: HiddenRoute): object {
  const known = routesBelow.get(below) ?? new Map<string, object>()
  routesBelow.set(below, known)
  const template = known.size < MAX_TEMPLATES ? String(path) : ''
  const found = known.get(template) ?? {}
  known.set(template, found)
  return found
}

/** Those that the route does not name itself. */
function mergedParams({ path }: HiddenRoute, params: Params): Params {
  const own = new Set(Array.from(String(path).matchAll(NAMES), ([, name]) => name))
  return Object.fromEntries(Object.entries(params).filter(([name]) => !own.has(name)))
}

/** An application that a function calls goes on where that of the function ends; it may be another one for each request. */
function coverOf({ app, around }: Place, text: string): Cover {
  const start = { template: '', rest: text }
  if (app === undefined || around === undefined || isWithin(app, around)) return coverIn(app, start)
  const { layer, ...cover } = coverIn(around, start)
  return { ...coverIn(app, cover), layer }
}

/** So does one that is mounted in another; one that the request passed an error out of is below the last. */
function coverIn(app: RoutedApplication | undefined, start: Cover): Cover {
  return chainOf(app).reduce<Cover>(
    ({ template, rest, layer }, at) =>
      longestCover(layersOf(at), { template, rest, layer }, at === app ? layersBelow : routerBelow),
    start,
  )
}

/** From the outermost application to this one. */
function chainOf(app: RoutedApplication | undefined): readonly RoutedApplication[] {
  const chain: RoutedApplication[] = []
  for (let at = app; at !== undefined && chain.length < MAX_DEPTH; at = at.parent) chain.unshift(at)
  return chain
}

/**
 * What the layers, and those of their routers, say of the text: the cover that leaves least of it, the first of several. `asked`: how much of the text each
 * stack was asked about, once each, however many ways lead there.
 */
function longestCover(layers: Stack, start: Cover, below: Below, depth = 0, asked: Asked = new Map()): Cover {
  let best = start
  const lengths = asked.get(layers) ?? new Set()
  if (lengths.has(start.rest.length)) return best
  asked.set(layers, lengths.add(start.rest.length))
  for (const layer of layers) {
    if (best.rest === '') return best
    const inner = below(layer)
    const cover = layer.route === undefined ? coverByLayer(layer, start, inner !== undefined) : undefined
    if (cover === undefined) continue
    const leadsOn = inner !== undefined && depth < MAX_DEPTH
    const whole = leadsOn ? longestCover(inner, cover, below, depth + 1, asked) : cover
    if (whole.rest.length < best.rest.length) best = whole
  }
  return best
}

/** Undefined for what does not match, or would match anything: `app.use('*', cors())` is no mount of whatever is below it. */
function coverByLayer(layer: Layer, { template, rest, layer: outer }: Cover, leadsOn: boolean): Cover | undefined {
  const matched = matchLayer(layer, rest)
  const text = matched?.path?.replace(/\/$/, '')
  if (matched === undefined || text === undefined) return undefined
  // Used below every path, as most middleware is: a router may still have something to say of the rest.
  if (text === '') return leadsOn ? { template, rest, layer: outer } : undefined
  if (isWild(layer, matched)) return undefined
  const unseen = hidesApplication(layer)
  return { template: template + mountTemplate(layer, text, matched), rest: rest.slice(text.length), layer, unseen }
}

/** A wildcard or a RegExp, as each version shows it. */
function isWild({ regexp }: Layer, { params = {}, pattern }: Matched): boolean {
  if (pattern !== undefined) return typeof pattern !== 'string' || pattern.includes('*')
  const names = Object.keys(params)
  if (names.length === 0) return regexp !== undefined && !isOfExpress4(regexp)
  return names.some(name => Array.isArray(params[name]) || UNNAMED.test(name))
}
