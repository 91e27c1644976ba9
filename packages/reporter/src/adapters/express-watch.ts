/**
 * What the adapter has to see of the routes of an application before they are asked for. An application is gone through once, before its first request goes on;
 * one that is mounted in it when the first request enters it; and what is around a route again that answers without having been found, since
 * it was declared later.
 */

import { onApplicationBelow, stacksFrom } from './express-applications.ts'
import { noteHandingOn } from './express-handed-on.ts'
import { type Layer, layersOf, type RoutedApplication, type Stack } from './express-layers.ts'

const MAX_DEPTH = 16

const applications = new WeakSet<RoutedApplication>()
const layers = new WeakSet<Layer>()
const routes = new WeakSet<object>()

let finds = 0

/** How often anything was found until now: what was looked for in vain is worth another look when this has changed. */
export function findsUntilNow(): number {
  return finds
}

/** Watches the routes that the application has now, and those of the applications around it. */
export function watchApplication(app: RoutedApplication | undefined): void {
  if (app === undefined || applications.has(app)) return
  applications.add(app)
  watchLayers(layersOf(app))
  watchApplication(app.parent)
}

/** The same for a route that answered and was not found before, and for whatever came with it. */
export function watchRoute(app: RoutedApplication | undefined, route: object): void {
  if (routes.has(route)) return
  // Once, also where it is not to be found: a function calls its router.
  routes.add(route)
  for (let at = app, depth = 0; at !== undefined && depth < MAX_DEPTH; at = at.parent, depth++) {
    watchLayers(layersOf(at))
  }
}

function watchLayers(first: Stack): void {
  for (const stack of stacksFrom(first)) {
    for (const layer of stack) if (!layers.has(layer)) watchLayer(layer)
  }
}

function watchLayer(layer: Layer): void {
  layers.add(layer)
  finds++
  if (layer.route !== undefined) {
    routes.add(layer.route)
    noteHandingOn(layer, layer.route)
  }
  onApplicationBelow(layer, app => {
    finds++
    watchApplication(app)
  })
}
