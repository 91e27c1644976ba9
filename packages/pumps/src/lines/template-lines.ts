/**
 * A batch as lines by a template: `{yyyy-MM-dd}T{HH:mm:ss.SSS}Z {method} {path} {statusCode}`. Control characters in values are escaped, so a record
 * is one line whatever it holds; what is absent or null is `-`.
 */
import type { AnalyticsRecord } from '@pumphouse/record'
import { compilePattern, fillPattern } from '../record-pattern.ts'
import { escapeControls } from './escape-controls.ts'
import { jsonText } from './json-line.ts'
import { createLineBuffer, type LineChunks, writeLines, writeText } from './line-buffer.ts'

/** Makes the function that writes batches; it owns the memory of the lines. Undefined when the braces of the template do not match or are empty. */
export function createTemplateLines(template: string): ((batch: readonly AnalyticsRecord[]) => LineChunks) | undefined {
  const parts = compilePattern(template, fieldText)
  if (parts === undefined) return undefined
  const out = createLineBuffer()
  return batch => writeLines(out, batch, (to, record) => writeText(to, fillPattern(parts, record)))
}

function fieldText(value: unknown): string {
  if (typeof value === 'string') return escapeControls(value)
  const text = jsonText(value) ?? 'null'
  if (text === 'null') return '-'
  return escapeControls(text.startsWith('"') ? String(JSON.parse(text)) : text)
}
