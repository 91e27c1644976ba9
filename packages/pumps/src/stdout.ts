/**
 * Writes every record as one line to the standard output of the daemon.
 *
 * A write resolves when the operating system has taken the lines; a reader that falls behind slows this pump alone down. Redelivery
 * writes a line twice.
 *
 * | what happens | outcome |
 * |---|---|
 * | the system has taken the lines of all records | delivered |
 * | the reader of a pipe stops reading | the write waits, and nothing else; when its time is up it goes on, and is waited for when the batch comes again |
 * | the reader is gone (EPIPE) | retryable, and so is every further write: the records stay in Redis, no process ends |
 * | standard output is a file and its disk is full | retryable; a line that was cut is ended before the next |
 * | a record has no line (no codec makes one) | rejected, `unserializable`, its neighbours are delivered |
 */
import { fstatSync } from 'node:fs'
import { stdout as stream } from 'node:process'
import type { AnalyticsRecord } from '@pumphouse/record'
import { definePump } from './define-pump.ts'
import { createDescriptorWriter } from './lines/descriptor-writer.ts'
import { createJsonLines } from './lines/json-lines.ts'
import { createLineBuffer, type LineChunks, writeLines, writeText } from './lines/line-buffer.ts'
import { createLogfmtLines } from './lines/logfmt-lines.ts'
import { createPrettyLine } from './lines/pretty-line.ts'
import { createStreamPump } from './lines/stream-pump.ts'
import { createTemplateLines } from './lines/template-lines.ts'

type ToLines = (batch: readonly AnalyticsRecord[]) => LineChunks

const DESCRIPTOR = 1

export const stdout = definePump({
  type: 'stdout',
  summary:
    'Writes records to standard output, a line each: JSON or logfmt for programs, pretty or by a template for people.',
  idempotent: false,
  options: {
    format: {
      doc: 'How a line looks: `json` and `logfmt` are the whole record, `pretty` is for people and leaves the id out, `template` is as `template` says.',
      format: ['json', 'pretty', 'logfmt', 'template'],
      default: 'json',
    },
    template: {
      doc: 'The line of `format: template`. Braces hold a field, or parts of the time of the record in UTC; what is absent is `-`.',
      format: 'string',
      default: '{yyyy-MM-dd}T{HH:mm:ss.SSS}Z {method} {path} {statusCode} {durationMs} {username}',
      min: 1,
    },
  },
  validate({ template }) {
    if (createTemplateLines(template) !== undefined) return []
    return [
      { path: 'template', found: 'braces that are empty or do not match', expected: 'text with {field} or {HH:mm:ss}' },
    ]
  },
  create({ format, template }) {
    const write = isFile(DESCRIPTOR) ? createDescriptorWriter(DESCRIPTOR) : undefined
    return createStreamPump(stream, 'stdout', lineWriter(format, template), write)
  },
})

function lineWriter(format: string, template: string): ToLines {
  if (format === 'json') return createJsonLines()
  if (format === 'logfmt') return createLogfmtLines()
  if (format === 'template') return createTemplateLines(template) as ToLines
  const toLine = createPrettyLine({ colors: stream.isTTY === true && stream.hasColors() })
  const out = createLineBuffer()
  return batch => writeLines(out, batch, (to, record) => writeText(to, toLine(record)))
}

/** A descriptor that is closed is none: writing says what is wrong. */
function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile()
  } catch {
    return false
  }
}
