/**
 * Writes every record as one line to the standard output of the daemon.
 *
 * A write resolves when the operating system has taken the lines; a reader that falls behind slows this pump alone down.
 * When the reader is gone (EPIPE) every write fails and the records stay in Redis. Redelivery writes a line twice.
 */
import { stdout as stream } from 'node:process'
import { definePump } from './define-pump.ts'
import { createJsonLines } from './json-lines.ts'
import { createLineBuffer, writeLines, writeText } from './line-buffer.ts'
import { createPrettyLine } from './pretty-line.ts'
import { createStreamPump } from './stream-pump.ts'

export const stdout = definePump({
  type: 'stdout',
  summary: 'Writes records to standard output, a line each: JSON for programs, or pretty for people.',
  idempotent: false,
  options: {
    format: {
      doc: 'How a line looks: `json` is the whole record, `pretty` is for people and leaves the id out.',
      format: ['json', 'pretty'],
      default: 'json',
    },
  },
  create(options) {
    if (options.format === 'json') return createStreamPump(stream, 'stdout', createJsonLines())
    const toLine = createPrettyLine({ colors: stream.isTTY === true && stream.hasColors() })
    const out = createLineBuffer()
    return createStreamPump(stream, 'stdout', batch =>
      writeLines(out, batch, (to, record) => writeText(to, toLine(record))),
    )
  },
})
