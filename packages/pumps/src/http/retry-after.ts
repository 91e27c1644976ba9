const MS_PER_SECOND = 1000

/** The header in milliseconds: it holds seconds, or a date (RFC 9110, 10.2.3). Undefined when there is none that can be read. */
export function readRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\d+$/.test(header.trim())) return Number(header) * MS_PER_SECOND
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(at - nowMs, 0)
}

/** The only value of a header, or its first. */
export function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
