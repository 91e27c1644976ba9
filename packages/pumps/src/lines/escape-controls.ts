/** C0, DEL and C1 controls and the two line separators as \u escapes: a record can neither talk to a terminal nor forge a line. */
export function escapeControls(value: string): string {
  return value.replace(/[\p{Cc}\u2028\u2029]/gu, control => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
