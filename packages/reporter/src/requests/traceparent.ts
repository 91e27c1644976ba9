/** W3C Trace Context, the header `traceparent` of version 00 and of later ones as far as they must be understood. */

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/
/** A version 00 header has this length and no more. */
const VERSION_00_LENGTH = 55
const ZEROS = /^0+$/

/** The ids of a valid header; undefined for any other: an invalid one is to be ignored as a whole. */
export function parseTraceparent(header: unknown): { readonly traceId: string; readonly spanId: string } | undefined {
  if (typeof header !== 'string') return undefined
  const [, version, traceId, spanId] = TRACEPARENT.exec(header) ?? []
  if (traceId === undefined || spanId === undefined || version === 'ff') return undefined
  if (version === '00' && header.length !== VERSION_00_LENGTH) return undefined
  return ZEROS.test(traceId) || ZEROS.test(spanId) ? undefined : { traceId, spanId }
}
