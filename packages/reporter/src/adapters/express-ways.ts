/**
 * The ways through the routers of an application to its routes. All of its routers are gone through once, each of them once however often it is used, and
 * noted is where each is used; from a route, the ways lead back from there. A router may be used in itself (a tree of directories): the shortest
 * of the ways without end are taken.
 */

import { layersBelow, stacksFrom } from './express-applications.ts'
import { type Layer, layersOf, type RoutedApplication, type Stack } from './express-layers.ts'
import { findsUntilNow } from './express-watch.ts'

/** A way to a route: the layers of the routers around it, from the outermost on, and the one that has the route. */
export interface Way {
  readonly mounts: readonly Layer[]
  readonly layer: Layer
}

/** Where something is used. */
interface Use {
  readonly layer: Layer
  readonly within: Stack
}

/** Where all is used, and what was found on the ways to it; and how much was known when it was looked for. */
interface Plan {
  readonly finds: number
  readonly uses: ReadonlyMap<object, readonly Use[]>
  readonly ways: Map<object, readonly Way[]>
}

/** A router is used at few places; where it is at more, or further in, its mount is told in another way. */
const MAX_WAYS = 32
const MAX_DEPTH = 16
/** Steps from a route to the application, which ways that double at each router would take without end. */
const MAX_STEPS = 1_000

const plans = new WeakMap<RoutedApplication, Plan>()

/** The ways from the application to the route, the shortest first; none to one that is not found. */
export function waysTo(app: RoutedApplication, route: object): readonly Way[] {
  let plan = plans.get(app)
  if (plan?.finds !== findsUntilNow()) {
    plan = { finds: findsUntilNow(), uses: usesIn(layersOf(app)), ways: new Map() }
    plans.set(app, plan)
  }
  let ways = plan.ways.get(route)
  if (ways === undefined) {
    ways = waysBack(plan.uses, layersOf(app), route)
    if (ways.length > 0) plan.ways.set(route, ways)
  }
  return ways
}

function usesIn(first: Stack): Plan['uses'] {
  const uses = new Map<object, Use[]>()
  for (const within of stacksFrom(first)) {
    for (const layer of within) {
      const used = layer.route ?? layersBelow(layer)
      if (used === undefined) continue
      const others = uses.get(used)
      if (others === undefined) uses.set(used, [{ layer, within }])
      else others.push({ layer, within })
    }
  }
  return uses
}

function waysBack(uses: Plan['uses'], first: Stack, route: object): readonly Way[] {
  const ways: Way[] = []
  const open = (uses.get(route) ?? []).map(({ layer, within }) => ({ layer, within, mounts: [] as readonly Layer[] }))
  for (const { layer, within, mounts } of open) {
    if (within === first) ways.push({ mounts, layer })
    if (ways.length === MAX_WAYS) break
    if (mounts.length === MAX_DEPTH) continue
    for (const use of uses.get(within) ?? []) {
      if (open.length < MAX_STEPS) open.push({ layer, within: use.within, mounts: [use.layer, ...mounts] })
    }
  }
  return ways
}
