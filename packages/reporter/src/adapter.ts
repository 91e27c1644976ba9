import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { OptionsError, type Problem } from '@pumphouse/options'
import { nameNotedError } from './error-name.ts'
import { observe, passOver } from './observe.ts'
import type { ReporterOptions } from './options.ts'
import type { RawRequest, RawResponse } from './outcome.ts'
import { createReporter, type RecordInput, type Reporter } from './reporter.ts'
import type { RequestRecord } from './request-record.ts'
import { markSeen, type SeenRequest, seenBefore } from './seen-request.ts'
import { watchUpgrade } from './upgraded-request.ts'

/** What the application may say about its requests. Both must be synchronous; when one throws, the record is made without it. */
export interface RequestHooks<Request, Response> {
  /** Asked when a request comes: true = make no record of it. */
  readonly skip?: ((request: Request) => boolean) | undefined
  /** Asked when its response closed: fields to add to the record, or to put in place of what is there (`username`, `tags`, …). */
  readonly enrich?: ((request: Request, response: Response) => RecordInput | undefined) | undefined
}

/** Options of every adapter: those of a reporter of its own, or a reporter that somebody else made and will close. */
export type AdapterOptions<Request, Response> = RequestHooks<Request, Response> &
  ((ReporterOptions & { readonly reporter?: undefined }) | { readonly reporter: Reporter })

/** A request as Node hands it out, and as the framework does. */
export interface Exchange<Request, Response> {
  readonly raw: RawRequest
  readonly rawResponse: RawResponse
  readonly request: Request
  readonly response: Response
}

/** Puts into the record what only the framework knows, when the response has closed. */
export type Describe = (record: RequestRecord) => void

/** What all adapters do. */
export interface Adapter<Request, Response> {
  readonly reporter: Reporter
  /** Whether the reporter was made here, and so is to be closed here. */
  readonly owned: boolean
  /** Makes one record of the request when its response closes; or adds to the one that an adapter before this one is making. Never throws. */
  watch(exchange: Exchange<Request, Response>, describe?: Describe): void
  /** The same for a request that leaves HTTP. There is no response that `enrich` could be shown. Never throws. */
  watchUpgrade(raw: IncomingMessage, socket: Duplex, request: Request): void
  /**
   * The first look at a request: undefined when another adapter makes its record, or when none is wanted. `raw` is what all of them see.
   * Never throws.
   */
  claim(raw: object, request: Request, response: Response, describe: Describe): SeenRequest | undefined
  /** Reports the record of a claimed request with what all who saw it know. Never throws. */
  report(seen: SeenRequest, record: RequestRecord): void
}

const nothingToAdd: Describe = () => undefined

/** `awaitsFramework`: another adapter on the same requests is what is meant, as on an instrumented server. Throws OptionsError. */
export function createAdapter<Request, Response>(
  options: AdapterOptions<Request, Response>,
  { awaitsFramework = false } = {},
): Adapter<Request, Response> {
  const { skip, enrich, reporter: given, ...own } = options
  checkFunctions({ skip, enrich })
  const reporter = given ?? createReporter(own)
  const owner = {}

  /** What it returns; undefined when it throws or returns a promise, which nobody could wait for here. */
  function guarded<T>(hook: string, call: () => T): T | undefined {
    try {
      const returned = call()
      if (!isThenable(returned)) return returned
      // Its rejection would be nobody's, which ends a process.
      returned.then(undefined, () => undefined)
      throw new TypeError('it returned a promise')
    } catch (error) {
      reporter.hookFailed(hook, error)
      return undefined
    }
  }

  function skips(request: Request): boolean {
    return skip !== undefined && guarded('skip', () => skip(request)) === true
  }

  function claim(raw: object, request: Request, response: Response, describe: Describe): SeenRequest | undefined {
    return claimFor(raw, request, record => {
      guarded('route', () => describe(record))
      if (enrich !== undefined) guarded('enrich', () => addFields(record, enrich(request, response)))
    })
  }

  function claimFor(raw: object, request: Request, add: Describe): SeenRequest | undefined {
    const earlier = seenBefore(raw)
    // The same adapter again: an application that hands a request from one of its listeners to another.
    if (earlier?.owner === owner) return undefined
    const skipped = skips(request)
    if (earlier !== undefined) {
      join(earlier, skipped, add)
      return undefined
    }
    const seen: SeenRequest = { owner, reporter, awaitsFramework, skipped, additions: [add] }
    markSeen(raw, seen)
    return seen
  }

  function join(earlier: SeenRequest, skipped: boolean, add: Describe): void {
    const expected = earlier.awaitsFramework && !awaitsFramework && earlier.reporter === reporter
    earlier.awaitsFramework = false
    earlier.skipped ||= skipped
    earlier.additions.push(add)
    if (!expected) reporter.warn('PH_REPORTER_TWICE', 'a request was seen by two adapters; one record is made of it')
  }

  function report(seen: SeenRequest, record: RequestRecord): void {
    if (seen.skipped) return
    for (const add of seen.additions) add(record)
    if (record.peerIp === record.clientIp) record.peerIp = undefined
    reporter.record(record)
  }

  return {
    reporter,
    owned: given === undefined,
    claim,
    report,
    watchUpgrade(raw, socket, request) {
      const seen = claimFor(raw, request, nothingToAdd)
      if (seen !== undefined && !seen.skipped) {
        watchUpgrade(raw, socket, reporter.requests, record => report(seen, record))
      }
    },
    watch({ raw, rawResponse, request, response }, describe = nothingToAdd) {
      const seen = claim(raw, request, response, describe)
      if (seen === undefined) return
      if (seen.skipped) passOver(raw, rawResponse)
      else {
        observe(raw, rawResponse, reporter.requests, record => {
          nameNotedError(record, raw, reporter.requests.errorMessages)
          report(seen, record)
        })
      }
    },
  }
}

/** A promise is handed on, to be refused like any. */
function addFields(record: RequestRecord, fields: unknown): unknown {
  return isThenable(fields) ? fields : Object.assign(record, fields)
}

function checkFunctions(hooks: Readonly<Record<string, unknown>>): void {
  const problems = Object.entries(hooks)
    .filter(([, hook]) => hook !== undefined && typeof hook !== 'function')
    .map(([path, hook]): Problem => ({ path, found: `a ${typeof hook}`, expected: 'a function' }))
  if (problems.length > 0) throw new OptionsError('reporter', problems)
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Object && 'then' in value && typeof value.then === 'function'
}
