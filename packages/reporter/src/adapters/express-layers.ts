/** What routers and applications of Express are made of, as far as they show it. */

/** Part of a router: a mounted router, a route, or a middleware. */
export interface Layer {
  handle?: LayerHandle | undefined
  readonly name?: string | undefined
  readonly route?: object | undefined
  readonly path?: string | undefined
  readonly params?: Params | undefined
  /** Express 4: what it matches by, and what its groups are called. */
  readonly regexp?: RegExp | undefined
  readonly keys?: readonly { readonly name: string | number }[] | undefined
  /** What matched; true where it is left in the layer itself: Express 4, and earlier routers of 5. */
  match(path: string): boolean | Matched
}

/** What a router, or an application, uses, in its order. */
export type Stack = readonly Layer[]

/** What a layer calls: a router has layers itself. */
export type LayerHandle = Handle & { readonly stack?: Stack }

/** As Express calls whatever is no handler of errors. */
export type Handle = (request: object, response: AnsweredResponse, next: (error?: unknown) => void) => unknown

/** What tells whether a handler answered. */
export interface AnsweredResponse {
  readonly headersSent: boolean
}

/** Names of parameters and what was asked for in their places. */
export type Params = Readonly<Record<string, unknown>>

/** What a layer matched of a path. */
export interface Matched {
  readonly path?: string | undefined
  readonly params?: Params | undefined
  /** What it was mounted at. */
  readonly pattern?: unknown
}

/** An application, as a request shows it. */
export interface RoutedApplication {
  readonly mountpath?: unknown
  readonly parent?: RoutedApplication | undefined
  readonly _router?: { readonly stack?: readonly object[] } | undefined
  readonly router?: { readonly stack?: readonly object[] } | undefined
}

/** What the application itself uses, in its order. */
export function layersOf(app: RoutedApplication): Stack {
  try {
    return ((app._router ?? app.router)?.stack ?? []) as Stack
  } catch {
    // Express 4, which forbids to ask for `router`, before it has one.
    return []
  }
}

/** The router that the layer calls. Undefined for anything else, also where that has a `stack` of its own: an application of connect. */
export function routerBelow({ route, handle }: Layer): Stack | undefined {
  const stack = route === undefined ? handle?.stack : undefined
  return Array.isArray(stack) && typeof stack[0]?.match === 'function' ? stack : undefined
}

/** Puts a function in place of what the layer calls, under the same name: whoever lists layers knows them by it. */
export function callInstead(layer: Layer, instead: LayerHandle): void {
  layer.handle = Object.defineProperty(instead, 'name', { value: layer.handle?.name })
}
