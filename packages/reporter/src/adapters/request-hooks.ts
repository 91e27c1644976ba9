/** What the application may say about its requests, and how the adapters ask it. */
import { describeFound, isMapping, OptionsError, type Problem, unknownKey } from '@pumphouse/options'
import { compileGlob } from '@pumphouse/record'
import type { RecordInput, Reporter } from '../reporter.ts'
import type { RequestRecord } from '../requests/request-record.ts'
import { isThenable } from '../thenable.ts'
import { consumerOf } from './consumer.ts'
import { createHookGuard, type Guard } from './hook-guard.ts'

/** All of them must be synchronous; when one throws, the record is made without what it would have said. One that keeps throwing is not called for a while. */
export interface RequestHooks<Request, Response> {
  /** Asked when a request comes: true = make no record of it. `reporter.update({ skip })` takes its place. */
  readonly skip?: ((request: Request) => boolean) | undefined
  /** Asked when its response closed: who it came from. `setConsumer(request, …)` goes before it. */
  readonly username?: ((request: Request) => string | undefined) | undefined
  /** Asked when its response closed, and before that where an open record is made: fields to add, or to put in place of what is there (`username`, `tags`, …). */
  readonly enrich?: ((request: Request, response: Response) => RecordInput | undefined) | undefined
  /**
   * For some routes only, by the route's template, or by the path where no route matched; `*` stands for any characters. The first that matches counts, and what it
   * does not say is as above.
   */
  readonly routes?: Readonly<Record<string, RouteHooks<Request, Response>>> | undefined
}

/** Puts into the record what only the framework knows, when the response has closed. */
export type Describe = (record: RequestRecord) => void

/** What can be said for a route. */
export interface RouteHooks<Request, Response> {
  /** true = make no record of its requests. */
  readonly skip?: boolean | undefined
  readonly username?: RequestHooks<Request, Response>['username']
  readonly enrich?: RequestHooks<Request, Response>['enrich']
}

/** What the adapters of frameworks take that know the server below the application. */
export interface ServerOption {
  /**
   * Record also what reaches none of the framework's hooks: requests that cannot be read, URLs that cannot be decoded, an unknown Expect, upgrades and CONNECT.
   * Default false. `skip` and `enrich` are not asked about these: there is no request of the framework. What clients get stays the same.
   */
  readonly server?: boolean | undefined
}

/** The hooks of an adapter. None of the calls throws. */
export interface AskedHooks<Request, Response> {
  skips(request: Request): boolean
  /** Adds what the framework and the application know; false when no record is wanted after all. `raw` is what all adapters see of the request. */
  complete(record: RequestRecord, raw: object, request: Request, response: Response, describe: Describe): boolean
  /** The same for a request that left HTTP: there is no response that `enrich` could be shown. */
  completeUpgrade(record: RequestRecord, raw: object, request: Request): void
}

/** What is said for some requests, and how it is called. */
interface GuardedHooks<Request, Response> extends RouteHooks<Request, Response> {
  readonly guarded: Guard
}

/** Throws OptionsError for what is no function. */
export function createRequestHooks<Request, Response>(
  { skip, username, enrich, routes = {} }: RequestHooks<Request, Response>,
  reporter: Pick<Reporter, 'hookFailed' | 'skip'>,
): AskedHooks<Request, Response> {
  const guarded = createHookGuard(reporter.hookFailed)
  const general: GuardedHooks<Request, Response> = { username, enrich, guarded }
  // Each with a guard of its own: a hook of one route that keeps throwing says nothing of those of others.
  const byRoute = Object.entries(routes).map(([route, hooks]) => ({
    matches: compileGlob(route),
    hooks: { ...hooks, guarded: createHookGuard(reporter.hookFailed) },
  }))

  function routeHooks({ route, path }: RequestRecord): GuardedHooks<Request, Response> | undefined {
    if (byRoute.length === 0) return undefined
    return byRoute.find(({ matches }) => matches(route ?? path))?.hooks
  }

  function addConsumer(
    record: RequestRecord,
    raw: object,
    request: Request,
    special: GuardedHooks<Request, Response> | undefined,
  ): void {
    const hooks = special?.username ? special : general
    const nameOf = hooks.username
    if (nameOf !== undefined) {
      record.username = hooks.guarded('username', () => asText(nameOf(request))) ?? record.username
    }
    const consumer = consumerOf(raw)
    if (consumer !== undefined) guarded('consumer', addFields, record, consumer)
  }

  return {
    skips(request) {
      // It was given for requests of this kind by whoever knows which framework this is.
      const asked = (reporter.skip as typeof skip) ?? skip
      return asked !== undefined && guarded('skip', asked, request) === true
    },
    complete(record, raw, request, response, describe) {
      try {
        describe(record)
      } catch (error) {
        // The adapter's own, so it stays on: what it fails at may be a request that somebody made for that.
        reporter.hookFailed('route', error)
      }
      const special = routeHooks(record)
      if (special?.skip === true) return false
      addConsumer(record, raw, request, special)
      const hooks = special?.enrich ? special : general
      const fieldsOf = hooks.enrich
      if (fieldsOf !== undefined) hooks.guarded('enrich', () => addFields(record, fieldsOf(request, response)))
      return true
    },
    completeUpgrade(record, raw, request) {
      addConsumer(record, raw, request, routeHooks(record))
    },
  }
}

/** Throws OptionsError, listing every hook that is none. */
export function checkHooks({ skip, username, enrich, routes = {} }: RequestHooks<never, never>): void {
  const problems = [...notFunctions('', { skip, username, enrich })]
  if (!isMapping(routes)) {
    problems.push({ path: 'routes', found: describeFound(routes), expected: `{ route: ${ROUTE_FORM} }` })
  } else {
    for (const [route, hooks] of Object.entries(routes)) problems.push(...routeProblems(`routes.${route}`, hooks))
  }
  if (problems.length > 0) throw new OptionsError('reporter', problems)
}

const ROUTE_HOOKS = ['skip', 'username', 'enrich'] as const satisfies (keyof RouteHooks<never, never>)[]
const ROUTE_FORM = `{ ${ROUTE_HOOKS.join(', ')} }`

function routeProblems(path: string, hooks: unknown): readonly Problem[] {
  if (hooks === undefined) return []
  if (!isMapping(hooks)) return [{ path, found: describeFound(hooks), expected: ROUTE_FORM }]
  const { skip, ...others } = hooks
  const problems = Object.keys(others)
    .filter(name => !ROUTE_HOOKS.some(known => known === name))
    .map(name => unknownKey(`${path}.${name}`, name, ROUTE_HOOKS))
  if (skip !== undefined && typeof skip !== 'boolean') {
    problems.push({ path: `${path}.skip`, found: `a ${typeof skip}`, expected: 'true or false' })
  }
  return [...problems, ...notFunctions(`${path}.`, { username: others['username'], enrich: others['enrich'] })]
}

function notFunctions(place: string, hooks: Readonly<Record<string, unknown>>): readonly Problem[] {
  return Object.entries(hooks)
    .filter(([, hook]) => hook !== undefined && typeof hook !== 'function')
    .map(([name, hook]) => ({ path: place + name, found: `a ${typeof hook}`, expected: 'a function' }))
}

function asText(name: unknown): string | undefined {
  if (name === undefined || name === null || typeof name === 'string') return name ?? undefined
  // A promise is handed on, to be refused like any.
  if (isThenable(name)) return name as never
  throw new TypeError(`it returned a ${typeof name}, no text`)
}

/** A promise is handed on, to be refused like any. */
function addFields(record: RequestRecord, fields: unknown): unknown {
  if (fields === undefined || fields === null) return undefined
  if (typeof fields !== 'object') throw new TypeError(`it returned a ${typeof fields}, no fields`)
  return isThenable(fields) ? fields : Object.assign(record, fields)
}
