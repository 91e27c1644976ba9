/**
 * Whether a route answered a request or handed it on: `next()`, `next('route')`, `next('router')`. Express leaves the last route that matched on
 * the request either way: `app.all('*', authenticate)` would name every file and every 404 after it. What calls a route is therefore given a
 * `next` that notes it.
 */

import { callInstead, type Layer } from './express-layers.ts'

/** Not a property of the request: looking for one that is not there takes an engine longer, with Express. */
const handedOnBy = new WeakMap<object, object>()

/** Whether this route, which was the last that matched, left the request to others. */
export function handedOn(request: object, route: object): boolean {
  return handedOnBy.get(request) === route
}

/** Has the route of this layer note it. */
export function noteHandingOn(layer: Layer, route: object): void {
  const { handle } = layer
  if (handle === undefined) return
  callInstead(layer, (request, response, next) => {
    // The same route again, where its router is mounted twice.
    handedOnBy.delete(request)
    return handle(request, response, (error?: unknown) => {
      // One that answered may call others afterwards, and a route that failed is where it failed.
      if ((!error || error === 'router') && !response.headersSent) handedOnBy.set(request, route)
      next(error)
    })
  })
}
