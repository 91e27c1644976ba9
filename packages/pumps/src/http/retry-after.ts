import type { IncomingHttpHeaders } from 'node:http'
import { readServerTime } from './server-time.ts'

const MS_PER_SECOND = 1000

/**
 * How long an answer asks us to wait, in milliseconds: its Retry-After holds seconds, or a date (RFC 9110, 10.2.3). A date is by the clock of the server, and is
 * held against the `Date` of the same answer, so that it does not matter whose clock is wrong; `nowMs` is for an answer without one. Undefined when
 * there is no Retry-After that can be read.
 */
export function readRetryAfter(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  const header = firstOf(headers['retry-after'])
  if (header === undefined) return undefined
  if (/^\d+$/.test(header.trim())) return Number(header) * MS_PER_SECOND
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(at - (readServerTime(firstOf(headers['date'])) ?? nowMs), 0)
}

/** The only value of a header, or its first. */
export function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
