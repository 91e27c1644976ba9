/**
 * Which application is below a layer. Express hides it in a function (`mounted_app`), and once that application passed an error on, or found
 * no answer, the request shows the application around it again. So the first request on its way into one is looked at: the application is what
 * `request.app` is then. The layer is left as it was after that.
 *
 * The request shows it before anything of the application is called: Express 5 assigns `request.next` right after it, Express 4 `response.locals`.
 * From then on the two are plain properties again.
 */

import { unlessBroken } from '../unless-broken.ts'
import { callInstead, type Layer, layersOf, type RoutedApplication, routerBelow, type Stack } from './express-layers.ts'

interface RequestOnItsWay {
  readonly app?: RoutedApplication
  next?: unknown
}

const MOUNTED_APPLICATION = 'mounted_app'

const applicationBelow = new WeakMap<Layer, RoutedApplication>()
const expected = new WeakSet<Layer>()

/** What a layer leads to: a router, or an application that a request was seen to enter. Undefined for a route and for a middleware. */
export function layersBelow(layer: Layer): Stack | undefined {
  const app = applicationBelow.get(layer)
  return app === undefined ? routerBelow(layer) : layersOf(app)
}

/** This stack and all below it, each once: a router may be used at many places, and in itself. */
export function stacksFrom(first: Stack): Iterable<Stack> {
  const stacks = new Set([first])
  for (const stack of stacks) {
    for (const layer of stack) {
      const inner = layersBelow(layer)
      if (inner !== undefined) stacks.add(inner)
    }
  }
  return stacks
}

/** Whether there is an application below the layer that no request was seen to enter. */
export function hidesApplication(layer: Layer): boolean {
  return layer.name === MOUNTED_APPLICATION && !applicationBelow.has(layer)
}

/** Calls back with the application below the layer when a request enters it for the first time; not if it has none. */
export function onApplicationBelow(layer: Layer, found: (app: RoutedApplication) => void): void {
  const { handle } = layer
  if (layer.name !== MOUNTED_APPLICATION || handle === undefined || expected.has(layer)) return
  expected.add(layer)
  const looking: typeof handle = (request: RequestOnItsWay, response, next) => {
    if (applicationBelow.has(layer)) return handle(request, response, next)
    const { app: around } = request
    const look = (): void => {
      const { app } = request
      if (app === undefined || app === around) return
      end()
      applicationBelow.set(layer, app)
      if (layer.handle === looking) layer.handle = handle
      found(app)
    }
    const ends: (() => void)[] = []
    const end = (): void => {
      for (const each of ends.splice(0)) unlessBroken(each)
    }
    // Its routes are otherwise named as if the application had never been seen.
    unlessBroken(() => {
      for (const [object, key] of [
        [request, 'next'],
        [response, 'locals'],
      ] as const) {
        ends.push(onAssignment(object, key, () => unlessBroken(look)))
      }
    })
    try {
      return handle(request, response, next)
    } finally {
      end()
    }
  }
  callInstead(layer, looking)
}

/** Calls back after each assignment to the property; returns what ends that. A property that is no plain one is somebody's own, and left alone. */
function onAssignment(object: object, key: string, assigned: () => void): () => void {
  const before = Object.getOwnPropertyDescriptor(object, key)
  if (!before?.writable) return () => undefined
  const { enumerable = true } = before
  let value: unknown = before.value
  Object.defineProperty(object, key, {
    configurable: true,
    enumerable,
    get: () => value,
    set(next: unknown) {
      value = next
      assigned()
    },
  })
  return () => Object.defineProperty(object, key, { ...before, value })
}
