import { OptionsError, type Problem } from '@pumphouse/options'
import type { ReporterOptions } from './options.ts'
import { createReporter, type RecordInput, type Reporter } from './reporter.ts'
import type { RequestRecord } from './request-record.ts'

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

/** What all adapters do. */
export interface Adapter<Request, Response> {
  readonly reporter: Reporter
  /** Whether the reporter was made here, and so is to be closed here. */
  readonly owned: boolean
  skips(request: Request): boolean
  /** Adds what `describe` and the application know and reports. Never throws. */
  report(record: RequestRecord, request: Request, response: Response, describe: (record: RequestRecord) => void): void
}

/** Throws OptionsError. */
export function createAdapter<Request, Response>(
  options: AdapterOptions<Request, Response>,
): Adapter<Request, Response> {
  const { skip, enrich, reporter: given, ...own } = options
  checkFunctions({ skip, enrich })
  const reporter = given ?? createReporter(own)

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

  return {
    reporter,
    owned: given === undefined,
    skips: request => skip !== undefined && guarded('skip', () => skip(request)) === true,
    report(record, request, response, describe) {
      guarded('route', () => describe(record))
      if (enrich !== undefined) guarded('enrich', () => addFields(record, enrich(request, response)))
      reporter.record(record)
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
