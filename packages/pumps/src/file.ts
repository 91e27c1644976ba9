/**
 * Appends every record as a line to a file: JSON, or a row of CSV.
 *
 * A write resolves when the lines are on the disk (O_DSYNC, or fdatasync); one that fails or runs out of time is taken back, so the file never
 * holds half a batch of a living process. After a crash it can hold up to one batch twice; a line that the crash has cut is removed at
 * the next start, so the file holds whole lines only. One writer per path: a lock file beside it keeps others away.
 *
 * Lines are made while the batch before them is being written, so that the disk does not wait for them.
 *
 * The path may depend on the record's time and fields; then a batch is divided, and each file has its own rotation and lock. Files set aside are
 * kept, all of them unless `keep` or `keepFor` say otherwise, as they are unless `compress` says otherwise.
 *
 * | what happens | outcome |
 * |---|---|
 * | the lines of all records are on the disk | delivered |
 * | a record has no line (no codec makes one) | rejected, `unserializable`, its neighbours are delivered |
 * | no space, quota used up, file too large (ENOSPC, EDQUOT, EFBIG) | retryable; what was written is cut off again |
 * | no permission, read-only, a folder in its place, too many open files | retryable, in words; somebody can put it right |
 * | another writer holds the path | retryable, names it |
 * | the signal aborts | its reason is thrown; what was written is cut off again |
 * | the file was moved or deleted | a new one is begun with the next batch, with a warning; what was moved stays as it is |
 * | the same, and the daemon gets SIGHUP (logrotate) | what was moved is let go of when the write under way is through, a new one is begun at once; of a divided path with its next record |
 * | the file was emptied in place | the next lines are at its start |
 * | of several files of one batch some fail | the records of those alone are sent again |
 */
import { resolve } from 'node:path'
import type { AnalyticsRecord } from '@pumphouse/record'
import { definePump } from './define-pump.ts'
import { divideByPath } from './file/divide-batch.ts'
import { checkWritable } from './file/file-check.ts'
import { fileError } from './file/file-error.ts'
import { createFileTarget } from './file/file-target.ts'
import { createOpenFiles } from './file/open-files.ts'
import { compilePath, fixedFolder, type PathPattern } from './file/path-pattern.ts'
import { csvFormat, REST_COLUMN } from './lines/csv-lines.ts'
import { jsonLineFormat } from './lines/line-format.ts'
import { createLinesAhead } from './lines/lines-ahead.ts'
import type { Rejection, WriteResult } from './pump.ts'
import { unlessAborted } from './unless-aborted.ts'

/** What a record of an API usually has; the rest is in the last one. */
const COLUMNS = [
  'id',
  'timestamp',
  'durationMs',
  'method',
  'host',
  'path',
  'route',
  'statusCode',
  'outcome',
  'requestBytes',
  'responseBytes',
  'clientIp',
  'userAgent',
  'username',
  'apiId',
  'traceId',
  REST_COLUMN,
]

export const file = definePump({
  type: 'file',
  summary:
    'Appends records to files as JSON lines or CSV, on the disk before they count as delivered; rotates by size and age.',
  idempotent: false,
  options: {
    path: {
      doc: 'The file; its folder is made when it is missing. Relative to the working directory of the daemon. Braces hold parts of the time of the record in UTC (`{yyyy-MM-dd}`, `{HH}`) or a field (`{service}`), whose value is made harmless.',
      format: 'string',
      default: null,
      required: true,
      min: 1,
      example: './records.jsonl',
    },
    format: {
      doc: 'How a record looks: `json`, a line each; `csv`, a row each, with the columns in the first row of every file.',
      format: ['json', 'csv'],
      default: 'json',
    },
    csv: {
      columns: {
        doc: 'The fields that have a column, in this order. `*` is a column of all other fields, as JSON. A file that begins with other columns is set aside.',
        format: 'strings',
        default: COLUMNS,
        example: ['timestamp', 'method', 'path', 'statusCode', 'durationMs', 'username', REST_COLUMN],
      },
      guardFormulas: {
        doc: 'Put an apostrophe before a text that a spreadsheet would take for a formula: clients choose what stands in userAgent and path.',
        format: 'boolean',
        default: true,
      },
    },
    sync: {
      doc: 'Whether a batch counts as delivered when the disk has it, or when the operating system has it: then the last half minute can be lost with the machine, not with the daemon.',
      format: ['disk', 'system'],
      default: 'disk',
    },
    maxBytes: {
      doc: 'Size at which the file is set aside, under a name with the time in it, and a new one begun; 0 = never. A single larger batch has a file of its own.',
      format: 'size',
      default: 0,
      min: 0,
      example: '256MiB',
    },
    maxAge: {
      doc: 'Age at which the file is set aside when more is to be written; 0 = never.',
      format: 'duration',
      default: 0,
      min: 0,
    },
    keep: {
      doc: 'How many files set aside are kept of each path, the oldest are deleted; 0 = all.',
      format: 'integer',
      default: 0,
      min: 0,
    },
    keepFor: {
      doc: 'How long a file set aside is kept; looked at when another is set aside, and at the start. 0 = for ever.',
      format: 'duration',
      default: 0,
      min: 0,
    },
    compress: {
      doc: 'Compress files set aside by gzip, beside the writing.',
      format: 'boolean',
      default: false,
    },
    maxOpenFiles: {
      doc: 'With a path in braces: how many files are open at once; the one not written to for the longest is closed.',
      format: 'integer',
      default: 64,
      min: 1,
      max: 1024,
    },
  },
  validate(options) {
    const { path, csv } = options
    if (compilePath(path) === undefined) {
      return [
        {
          path: 'path',
          found: 'braces that are empty or do not match',
          expected: 'a path, with {yyyy-MM-dd} or {field}',
        },
      ]
    }
    if (csv.columns.length === 0 || new Set(csv.columns).size < csv.columns.length) {
      return [{ path: 'csv.columns', found: 'no column, or one twice', expected: 'the names of fields, each once' }]
    }
    return []
  },
  create(options, context) {
    const makeFormat = () => (options.format === 'csv' ? csvFormat(options.csv) : jsonLineFormat())
    const { shape } = makeFormat()
    const ahead = createLinesAhead(() => makeFormat().toLines)
    const pattern = compilePath(resolve(options.path)) as PathPattern
    const rules = {
      shape,
      sync: options.sync === 'disk',
      maxBytes: options.maxBytes,
      maxAgeMs: options.maxAge,
      aside: { keep: options.keep, keepForMs: options.keepFor, compress: options.compress },
      log: context.log,
    }
    const files = createOpenFiles(options.maxOpenFiles, path => createFileTarget(path, rules))
    const check = () =>
      pattern.fixed === undefined
        ? checkWritable(fixedFolder(resolve(options.path)), 'folder')
        : checkWritable(pattern.fixed, 'file')
    let closed = false
    /** The last start or write that was asked for; it outlives its signal. The next write waits for it, and so does the close. */
    let current: Promise<unknown> = Promise.resolve()

    function refuseWhenClosed(): void {
      if (closed) throw fileError(options.path, new Error('the pump is closed'))
    }

    async function appendAll(batch: readonly AnalyticsRecord[], signal: AbortSignal): Promise<WriteResult> {
      const parts = divideByPath(batch, pattern)
      const rejected: Rejection[] = []
      const failed: { readonly indexes: readonly number[]; readonly error: Error }[] = []
      for (const { path, records, indexOf } of parts) {
        const lines = ahead.toLines(records)
        try {
          await (await files.at(path)).append(lines.chunks, signal)
          for (const rejection of lines.rejected) rejected.push({ ...rejection, index: indexOf(rejection.index) })
        } catch (error) {
          if (signal.aborted || failed.length + 1 === parts.length) throw error
          failed.push({ indexes: records.map((_, i) => indexOf(i)), error: error as Error })
        }
      }
      const [first] = failed
      if (first === undefined) return { rejected }
      return { rejected, retry: { indexes: failed.flatMap(({ indexes }) => indexes), error: first.error } }
    }

    /** One file is there from the start on, and is so again; of many nobody knows whether another record will come. */
    async function letGo(): Promise<void> {
      const moved = await files.letGoOfMoved()
      if (moved.length === 0) return
      context.log.info({ path: moved[0], files: moved.length }, 'moved or deleted by somebody else: let go of')
      if (pattern.fixed !== undefined) await (await files.at(pattern.fixed)).open()
    }

    return {
      async start() {
        refuseWhenClosed()
        const { fixed } = pattern
        const opening = fixed === undefined ? check() : files.at(fixed).then(target => target.open())
        current = opening.catch(() => undefined)
        await opening
      },
      prepare(batch) {
        // How a batch is divided is seen when it is written.
        if (pattern.fixed !== undefined) ahead.prepare(batch)
      },
      async write(batch, signal) {
        const writing = current.then(() => {
          signal.throwIfAborted()
          refuseWhenClosed()
          return appendAll(batch, signal)
        })
        current = writing.catch(() => undefined)
        return unlessAborted(writing, signal)
      },
      check,
      async reopen(signal) {
        const reopening = current.then(() => (closed ? undefined : letGo()))
        current = reopening.catch(() => undefined)
        await unlessAborted(reopening, signal)
      },
      async close() {
        closed = true
        await current
        await files.close()
      },
    }
  },
})
