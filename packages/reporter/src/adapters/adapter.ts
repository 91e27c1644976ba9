import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { OptionsError } from '@pumphouse/options'
import { checkGiven, type ReporterOptions } from '../options.ts'
import { createReporter, type Reporter } from '../reporter.ts'
import type { RequestCapture } from '../requests/capture.ts'
import { observe, passOver } from '../requests/observe.ts'
import type { RawRequest, RawResponse } from '../requests/outcome.ts'
import type { RequestRecord } from '../requests/request-record.ts'
import { markSeen, type SeenRequest, seenBefore } from '../requests/seen-request.ts'
import { watchUpgrade } from '../requests/upgraded-request.ts'
import { checkHooks, createRequestHooks, type Describe, type RequestHooks } from './request-hooks.ts'
import { nameError } from './thrown-error.ts'

/** Options of every adapter: those of a reporter of its own, or a reporter that somebody else made and will close. */
export type AdapterOptions<Request, Response> = RequestHooks<Request, Response> &
  ((ReporterOptions & { readonly reporter?: undefined }) | { readonly reporter: Reporter })

/** A request as Node hands it out, and as the framework does. */
export interface Exchange<Request, Response> {
  readonly raw: RawRequest
  readonly rawResponse: RawResponse
  readonly request: Request
  readonly response: Response
  /** The template of its route, where the framework knows it when the request comes. */
  readonly route?: string | undefined
  /** As it was asked for, where the framework may have changed it on Node's request by now. */
  readonly url?: string | undefined
  /** Whether the framework has changed the prototypes of the two of Node. */
  readonly reshaped?: boolean | undefined
}

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
  /** Reports the record of a claimed request with what all who saw it know, and what was captured of it. Never throws. */
  report(seen: SeenRequest, record: RequestRecord, captured?: RequestCapture): void
}

const nothingToAdd: Describe = () => undefined

/**
 * `awaitsFramework`: another adapter on the same requests is what is meant, as on an instrumented server. `belowFramework`: that one is sure to come, and to ask
 * the hooks with what its framework hands out. Throws OptionsError.
 */
export function createAdapter<Request, Response>(
  options: AdapterOptions<Request, Response>,
  { awaitsFramework = false, belowFramework = false } = {},
): Adapter<Request, Response> {
  checkGiven(options)
  const { skip, username, enrich, routes, reporter: given, ...own } = options
  checkHooks({ skip, username, enrich, routes })
  if (given !== undefined) checkReporter(given)
  const reporter = given ?? createReporter(own)
  const hooks = createRequestHooks({ skip, username, enrich, routes }, reporter)
  const owner = {}

  function claim(raw: object, request: Request, response: Response, describe: Describe): SeenRequest | undefined {
    return claimFor(raw, request, record => {
      if (!hooks.complete(record, raw, request, response, describe)) skipLate(raw)
    })
  }

  function claimFor(raw: object, request: Request, add: Describe): SeenRequest | undefined {
    const earlier = seenBefore(raw)
    // The same adapter again: an application that hands a request from one of its listeners to another.
    if (earlier?.owner === owner) return undefined
    const skipped = !belowFramework && hooks.skips(request)
    if (earlier !== undefined) {
      join(earlier, skipped, add)
      return undefined
    }
    const seen: SeenRequest = { owner, reporter, awaitsFramework, skipped, additions: [add] }
    markSeen(raw, seen)
    return seen
  }

  /** What is known of its route says that no record is wanted. */
  function skipLate(raw: object): void {
    const seen = seenBefore(raw)
    if (seen !== undefined) seen.skipped = true
  }

  function join(earlier: SeenRequest, skipped: boolean, add: Describe): void {
    const expected = earlier.awaitsFramework && !awaitsFramework && earlier.reporter === reporter
    earlier.awaitsFramework = false
    earlier.skipped ||= skipped
    earlier.additions.push(add)
    if (!expected) reporter.warn('PH_REPORTER_TWICE', 'a request was seen by two adapters; one record is made of it')
  }

  function report(seen: SeenRequest, record: RequestRecord, captured?: RequestCapture): void {
    try {
      if (!seen.skipped) complete(seen, record, captured)
    } catch (error) {
      reporter.requests.failed(error)
    }
  }

  function complete(seen: SeenRequest, record: RequestRecord, captured: RequestCapture | undefined): void {
    for (const add of seen.additions) add(record)
    if (seen.skipped) return
    if (captured !== undefined) addCaptured(captured, record)
    if (record.peerIp === record.clientIp) record.peerIp = undefined
    reporter.record(record)
  }

  /** Now that its route is known, from the framework or from `enrich`. */
  function addCaptured(captured: RequestCapture, record: RequestRecord): void {
    try {
      captured.addTo(record)
    } catch (error) {
      reporter.requests.failed(error)
    }
  }

  function watchExchange(exchange: Exchange<Request, Response>, describe: Describe): void {
    const { raw, rawResponse, request, response } = exchange
    const seen = claim(raw, request, response, describe)
    if (seen === undefined) return
    if (seen.skipped) {
      passOver(raw, rawResponse)
      return
    }
    const onRecord = (record: RequestRecord, captured: RequestCapture | undefined): void => {
      try {
        if (seen.thrown !== undefined) nameError(record, seen.thrown.error, reporter.requests.errorMessages)
      } catch (error) {
        reporter.requests.failed(error)
      }
      report(seen, record, captured)
    }
    observe(raw, rawResponse, reporter.requests, onRecord, exchange)
  }

  return {
    reporter,
    owned: given === undefined,
    claim(raw, request, response, describe) {
      try {
        return claim(raw, request, response, describe)
      } catch (error) {
        reporter.requests.failed(error)
        return undefined
      }
    },
    report,
    watchUpgrade(raw, socket, request) {
      try {
        const seen = claimFor(raw, request, record => hooks.completeUpgrade(record, raw, request))
        if (seen !== undefined && !seen.skipped) {
          watchUpgrade(raw, socket, reporter.requests, record => report(seen, record))
        }
      } catch (error) {
        reporter.requests.failed(error)
      }
    },
    watch(exchange, describe = nothingToAdd) {
      try {
        watchExchange(exchange, describe)
      } catch (error) {
        // Only where somebody changed what Node's objects do.
        reporter.requests.failed(error)
      }
    },
  }
}

/** Throws OptionsError for what is no reporter: before the first request, which could not be answered. */
function checkReporter(given: unknown): void {
  if (isReporter(given)) return
  const found = given === null ? 'nothing' : `${typeof given === 'object' ? 'an' : 'a'} ${typeof given}`
  const expected = 'what createReporter() returns'
  const { reporter: inside } = Object(given) as { readonly reporter?: unknown }
  const hint = isReporter(inside) ? { hint: 'give its property `reporter`' } : undefined
  throw new OptionsError('reporter', [{ path: 'reporter', found, expected, ...hint }])
}

/** By what adapters call of it: one of another copy of this package, or one that the application wrapped, is a reporter too. */
function isReporter(given: unknown): given is Reporter {
  const { record, hookFailed, warn, requests } = Object(given) as Partial<Reporter>
  return [record, hookFailed, warn, requests?.failed].every(call => typeof call === 'function')
}
