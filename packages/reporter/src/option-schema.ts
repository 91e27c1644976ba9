import {
  MAX_TIMER_MS,
  type OptionField,
  type OptionSchema,
  type OptionValues,
  renderReference,
  renderYaml,
} from '@pumphouse/options'
import { analyticsOptions, backlogOptions, redisOptions } from '@pumphouse/queue/options'
import { redactOptions } from '@pumphouse/record'

/** Option `poolSize` is read from PUMPHOUSE_REPORTER_POOL_SIZE, and so on; only redis.url is shared with the daemon: PUMPHOUSE_REDIS_URL. */
export const ENV_PREFIX = 'PUMPHOUSE_REPORTER'

/** Beyond this a batch is closed by its bytes long before its records. */
const MAX_BATCH_SIZE = 10_000

/** Two bodies of this size fit a record, and what it costs to copy them is less than what it costs to send them. */
export const MAX_BODY_BYTES = 256 * 1024

/** Every option that a file or the environment can set. The types, the checks, the reference page and configs/reporter.yaml come from it. */
export const reporterOptions = {
  service: {
    doc: 'Name of the application, as the daemon tells its producers apart.',
    format: 'string',
    default: null,
    required: true,
    example: 'orders',
  },
  disabled: {
    doc: 'Records nothing: no connection, no thread, and no adapter looks at a request. For tests, and to be rid of it without a change of the code.',
    format: 'boolean',
    default: false,
  },
  redis: redisOptions,
  analytics: { ...analyticsOptions, ...backlogOptions },
  poolSize: {
    doc: 'Worker threads that encode and push. 0 = on the thread of the application: right for one CPU or a short-lived process.',
    format: 'integer',
    default: 1,
    min: 0,
    max: 16,
  },
  workerFile: {
    doc: 'Program of the worker threads, a path or a file: URL, for an application that is bundled: the bundle of the entry @pumphouse/reporter/worker. Without it a bundled application does their work on its own thread.',
    format: 'string',
    default: null,
    example: './dist/pumphouse-worker.js',
  },
  batchSize: {
    doc: 'Records in one frame at most. Larger frames cost everyone less per record; what is in an open one dies with the process.',
    format: 'integer',
    default: 200,
    min: 1,
    max: MAX_BATCH_SIZE,
  },
  flushInterval: {
    doc: 'How long a record waits at most for its frame to fill. Frames that fill sooner are pushed together, at most a quarter of it, or 250 ms, later.',
    format: 'duration',
    default: '1s',
    min: 1,
    max: MAX_TIMER_MS,
  },
  buffer: {
    maxRecords: {
      doc: 'Records held in memory until Redis has them, at most.',
      format: 'integer',
      default: 100_000,
      min: 1,
    },
    maxBytes: {
      doc: 'Bytes of them, as estimated, at most; the last record accepted may go beyond.',
      format: 'size',
      default: '64MiB',
      min: 1024,
    },
    onFull: {
      doc: 'What is dropped, and counted, when the buffer is full: the record that comes, or the oldest batch that is not yet on its way.',
      format: ['drop-newest', 'drop-oldest'],
      default: 'drop-newest',
    },
  },
  spool: {
    mode: {
      doc: 'auto = frames go to disk when Redis is away, slow or full, if `dir` is given; always = every frame, before it is pushed, so that records older than a flush interval survive a kill; off = memory only.',
      format: ['auto', 'always', 'off'],
      default: 'auto',
    },
    dir: {
      doc: 'Folder for the spool, kept between starts of the application; processes with the same Redis may share it. Without it nothing is written: no default would be right in every container.',
      format: 'string',
      default: null,
      example: '/var/lib/orders/spool',
    },
    maxBytes: {
      doc: 'Size of the folder at most, all processes together; beyond it records wait in memory. Checked at every frame against what the others had at the last look (3s).',
      format: 'size',
      default: '1GiB',
      min: 1024,
    },
    maxAge: {
      doc: 'Frames that waited on disk for longer are removed, and counted.',
      format: 'duration',
      default: '7d',
      min: 1000,
    },
    maxFiles: {
      doc: 'Files in the folder at most. Each lane has one for every 16 MiB.',
      format: 'integer',
      default: 1000,
      min: 1,
    },
  },
  signals: {
    doc: 'Flush when SIGTERM or SIGINT comes. If nobody else listens for it, the process then ends by that signal, at the latest after 5s, or at once when it comes again. In a worker thread, which no signal reaches, it does nothing.',
    format: 'boolean',
    default: false,
  },
  compress: {
    doc: 'Compress the frames (Brotli): a third to a tenth of the memory in Redis for some time of a worker.',
    format: 'boolean',
    default: true,
  },
  openRecordAfter: {
    doc: 'A request that is open for so long gets a record at once (`phase: open`) and another at its end (`phase: close`), with the same `requestId`: for streams, server-sent events, WebSockets, and handlers that hang. 0 = only at the end.',
    format: 'duration',
    default: '0s',
    min: 0,
    max: MAX_TIMER_MS,
  },
  errorMessages: {
    doc: 'Record the messages of errors beside their names. They may hold what users sent.',
    format: 'boolean',
    default: false,
  },
  capture: {
    requestHeaders: { doc: 'Record the headers of requests.', format: 'boolean', default: false },
    responseHeaders: {
      doc: 'Record the headers that the application sets on its responses.',
      format: 'boolean',
      default: false,
    },
    query: { doc: 'Record the query string of the URL.', format: 'boolean', default: false },
    requestBody: {
      doc: 'Record the beginning of what comes in, as it comes in: nothing is read that the application does not read.',
      format: 'boolean',
      default: false,
    },
    responseBody: {
      doc: 'Record the beginning of what goes out. A body that is compressed above the reporter is marked, not inflated.',
      format: 'boolean',
      default: false,
    },
    contentTypes: {
      doc: 'Kinds of bodies that are recorded; of others only the size. `*` stands for any characters.',
      format: 'strings',
      default: ['application/json', 'application/*+json', 'application/x-www-form-urlencoded', 'text/*'],
    },
    maxBodyBytes: {
      doc: 'Bytes of a body that are recorded at most; the record says how large it was and that it was cut.',
      format: 'size',
      default: '8KiB',
      min: 1,
      max: MAX_BODY_BYTES,
    },
    paths: {
      doc: 'Paths whose requests are captured, whatever `rules` say; `*` stands for any characters. Empty = all.',
      format: 'strings',
      default: [],
      example: ['/orders/*'],
    },
    rules: {
      doc: 'Otherwise for some routes: a list of { route, requestHeaders, responseHeaders, query, requestBody, responseBody, contentTypes, maxBodyBytes }; the first whose route matches counts, and what it does not say is as above. `*` in a route (of a request without one: its path) stands for any characters.',
      format: 'json',
      default: null,
      example: [
        { route: '/login', requestBody: false, responseBody: false },
        { route: '/orders/:id', requestBody: true, maxBodyBytes: '64KiB' },
      ],
    },
  },
  sample: {
    rate: {
      doc: 'Share of the records that is kept, the same traces everywhere, others picked at random; each then says in `weight` how many it stands for. In code `sample: 0.1` is short for it.',
      format: 'number',
      default: 1,
      min: 0,
      max: 1,
    },
    errors: {
      doc: 'Keep every record with an outcome other than ok or a status from 500 on, whatever the share.',
      format: 'boolean',
      default: true,
    },
    slowerThan: {
      doc: 'Keep every record that took at least so long, whatever the share.',
      format: 'duration',
      default: '1s',
      min: 0,
    },
    rules: {
      doc: 'Other shares for some: a list of { route, method, status, rate }; the first that matches counts. `*` in a route (of a request without one: its path) stands for any characters; a status is 404, 2xx or 400-499.',
      format: 'json',
      default: null,
      example: [
        { route: '/health*', rate: 0 },
        { route: '/orders/*', status: '2xx', rate: 0.1 },
      ],
    },
  },
  cardinality: {
    maxShapes: {
      doc: 'Different sets of fields that records may have; beyond, all but the well-known fields of a record are put into its field `otherFields`, and that is counted. Of these there are as many sets at most; beyond, all but `timestamp` and `weight` are in `otherFields`.',
      format: 'integer',
      default: 1000,
      min: 1,
    },
    maxRoutes: {
      doc: 'Different routes; those that come later are called `other`, and counted.',
      format: 'integer',
      default: 1000,
      min: 1,
    },
    maxTagKeys: {
      doc: 'Different keys in `tags` (of `env:prod` the key is `env`); tags with keys that come later become one called `other`, and that is counted.',
      format: 'integer',
      default: 200,
      min: 1,
    },
  },
  redact: redactOptions,
} as const satisfies OptionSchema

/** What the schema loads to: durations in milliseconds, sizes in bytes. */
export type LoadedReporterOptions = OptionValues<typeof reporterOptions>

type FieldInput<F extends OptionField> = F['format'] extends 'duration' | 'size'
  ? string | number
  : OptionValues<{ field: F }>['field']

/** What may be given for a schema: every option may be left out; a duration or a size is text with its unit, or a number of ms or bytes. */
export type OptionsInput<S extends OptionSchema> = {
  readonly [K in keyof S]?:
    | (S[K] extends OptionField ? FieldInput<S[K]> : S[K] extends OptionSchema ? OptionsInput<S[K]> : never)
    | undefined
}

/** The text of configs/reporter.yaml: every option with its meaning and default. */
export function renderExampleYaml(): string {
  return [
    '# Every option of the reporter. The application names this file: createReporter({ configFile: "reporter.yaml" }).',
    '# What the code says goes before the environment, the environment before this file.',
    '',
    ...renderYaml(reporterOptions, { envPrefix: ENV_PREFIX }),
    '',
  ].join('\n')
}

/** The options as a Markdown table, for the reference page. */
export function renderOptionsReference(): string {
  return renderReference(reporterOptions, ENV_PREFIX)
}
