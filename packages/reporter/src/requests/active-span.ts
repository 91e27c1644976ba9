/** The ids of a span, as W3C Trace Context writes them. */
export interface SpanIds {
  readonly traceId: string
  readonly spanId: string
}

/** As much of @opentelemetry/api as is used here. */
interface TracingApi {
  readonly trace: { getActiveSpan(): { spanContext(): SpanIds } | undefined }
}

const TRACE_ID = /^(?!0+$)[0-9a-f]{32}$/
const SPAN_ID = /^(?!0+$)[0-9a-f]{16}$/

/**
 * What tells the ids of the OpenTelemetry span that is active where it is called; undefined when @opentelemetry/api is not installed. It is looked for
 * once, here; a tracer may be set up at any time later. Never throws, nor does what it returns.
 */
export function findActiveSpan(
  load: (name: string) => unknown = requireFromHere,
): (() => SpanIds | undefined) | undefined {
  let api: TracingApi
  try {
    api = load('@opentelemetry/api') as TracingApi
    if (typeof api.trace.getActiveSpan !== 'function') return undefined
  } catch {
    return undefined
  }
  return () => {
    try {
      const ids = api.trace.getActiveSpan()?.spanContext()
      return ids !== undefined && TRACE_ID.test(ids.traceId) && SPAN_ID.test(ids.spanId) ? ids : undefined
    } catch {
      return undefined
    }
  }
}

/** Not by the import of node:module: bundlers follow its `createRequire`, and warn of everybody's application that they cannot see where to. */
function requireFromHere(name: string): unknown {
  return process.getBuiltinModule('node:module').createRequire(import.meta.url)(name)
}
