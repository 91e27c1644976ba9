/**
 * One request makes one record, however many adapters see it: a server that is instrumented and the framework on it, a mounted application
 * with a middleware of its own, an adapter installed twice. The first to see it observes it; what the others know is added.
 * What `mount` of Hono makes anew where there is no request of Node is another one: nothing in it leads back to the first.
 */

import type { Reporter } from '../reporter.ts'
import type { RequestRecord } from './request-record.ts'

/** Registered, so that two installed copies of this package know each other's mark. The number stands for what SeenRequest has. */
const seen = Symbol.for('@pumphouse/reporter/seen/2')

/** What is known of a request from the first look at it on. */
export interface SeenRequest {
  /** The adapter that observes it, and its reporter, which gets the record. */
  readonly owner: object
  readonly reporter: Reporter
  /** Whether an adapter of a framework was meant to see it too: once, on an instrumented server. */
  awaitsFramework: boolean
  /** No record is wanted: one of those who saw it said so. */
  skipped: boolean
  /** What a handler of it threw last. */
  thrown?: { readonly error: unknown }
  /** What the later ones add to the record, in the order in which they came. */
  readonly additions: ((record: RequestRecord) => void)[]
}

interface Marked {
  [seen]?: SeenRequest | undefined
}

/** What is known of the request, if anybody saw it before. `raw` is Node's request, or the web's where there is none. */
export function seenBefore(raw: object): SeenRequest | undefined {
  return (raw as Marked)[seen]
}

/** Notes the first look at a request. */
export function markSeen(raw: object, request: SeenRequest): void {
  ;(raw as Marked)[seen] = request
}

/** Makes room for it, where to add it later would cost more; another copy may have seen it. */
export function expectMark(raw: object): void {
  if (!(seen in raw)) (raw as Marked)[seen] = undefined
}
