/** What a server says the time is. */

/** The header `Date` of an answer in milliseconds since the epoch, whole seconds (RFC 9110, 6.6.1). Undefined when there is none that can be read. */
export function readServerTime(header: string | undefined): number | undefined {
  const at = header === undefined ? Number.NaN : Date.parse(header)
  return Number.isNaN(at) ? undefined : at
}

/** A way takes seconds, and the header is in whole ones: what differs less is no clock that is wrong. */
const NOTEWORTHY_MS = 30_000
const MS_PER_SECOND = 1_000
const MS_PER_MINUTE = 60_000

/** `its clock is 61 min ahead of ours`; undefined when the two agree, or nothing is known. */
export function clockGapInWords(serverTimeMs: number | undefined, nowMs: number): string | undefined {
  if (serverTimeMs === undefined) return undefined
  const aheadMs = serverTimeMs - nowMs
  const gapMs = Math.abs(aheadMs)
  if (gapMs < NOTEWORTHY_MS) return undefined
  const gap =
    gapMs < MS_PER_MINUTE ? `${Math.round(gapMs / MS_PER_SECOND)} s` : `${Math.round(gapMs / MS_PER_MINUTE)} min`
  return `its clock is ${gap} ${aheadMs > 0 ? 'ahead of' : 'behind'} ours`
}
