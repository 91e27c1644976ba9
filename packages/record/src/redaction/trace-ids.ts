/** Columns of ids, which need no look as long as they hold one: their digits make the number of a card now and then. */

/** What is an id in one of them: as W3C Trace Context, UUIDs and the reporter write them. */
const ID = /^[0-9a-f-]*$/i
const ID_COLUMNS: ReadonlySet<string> = new Set(['traceId', 'spanId', 'parentSpanId', 'requestId'])
const isIdSign = Uint8Array.from({ length: 0x80 }, (_, code) => (ID.test(String.fromCharCode(code)) ? 1 : 0))

/** Whether the column is one of them. */
export function isIdColumn(name: string): boolean {
  return ID_COLUMNS.has(name)
}

/** Whether the value is an id. */
export function isId(value: unknown): boolean {
  return typeof value === 'string' && ID.test(value)
}

/** The same for a text that is bytes[start, end). */
export function isIdIn(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (isIdSign[bytes[i]!] !== 1) return false
  return true
}
