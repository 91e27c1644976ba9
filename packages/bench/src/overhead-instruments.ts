/**
 * What the servers of the questions overhead-* are observed with: nothing, the reporter, or one of the peers in peers/. Each is installed as its own
 * documentation says, and ends by saying how many requests it recorded.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Reporter, ReporterOptions } from '@pumphouse/reporter'
import { environment } from './environment.ts'

/** How a server is observed. */
export type Instrument =
  | 'nothing'
  | 'bare recorder'
  | 'pumphouse'
  | 'pumphouse, the whole server'
  | 'pumphouse, same thread'
  | 'pumphouse, Redis slow, spool'
  | 'pumphouse, Redis away, spool'
  | 'pumphouse, headers and bodies'
  | 'pumphouse, disabled'
  | 'pino-http'
  | 'express-prom-bundle'
  | 'moesif'
  | 'apitally'
  | 'OpenTelemetry'

/** What an instrument is given. */
export interface Surroundings {
  readonly redis: string
  /** The peers' collector. */
  readonly sink: string
  /** For files. */
  readonly folder: string
}

/** An instrument before the server is made. */
export interface Installed {
  /** Of the reporter, for the adapters. */
  readonly reporter?: Reporter
  /** Of the server below any framework, instead of its adapter. */
  readonly wholeServer?: boolean
  /** For any framework: called first thing for each request. */
  readonly observe?: (request: IncomingMessage, response: ServerResponse) => void
  /** For express: a middleware, or what is to be done with the app. */
  readonly middleware?: unknown
  setUp?(app: unknown): unknown
  /** Stops it. Resolves with the requests it recorded; undefined when only its collector knows. */
  end(): Promise<number | undefined>
}

/** Without types: the peers are installed when they are asked for, and belong to no package. */
type Loose = ReturnType<typeof createRequire>

/** Only its length is looked at here. */
const MOESIF_ID = 'x'.repeat(64)
const EVERYTHING = {
  requestHeaders: true,
  responseHeaders: true,
  requestBody: true,
  responseBody: true,
  query: true,
} as const
/** As many as a reporter puts into a frame. */
const BATCH_SIZE = 200
/** Longer than the peers' own intervals between two deliveries. */
const FLUSH_MS = 2_500

export async function install(instrument: Instrument, { redis, sink, folder }: Surroundings): Promise<Installed> {
  const peer: Loose = createRequire(new URL('../peers/package.json', import.meta.url))
  switch (instrument) {
    case 'nothing':
      return { end: async () => undefined }
    case 'bare recorder':
      return bareRecorder()
    case 'pumphouse':
      return reporting({ redis })
    case 'pumphouse, the whole server':
      return { ...(await reporting({ redis })), wholeServer: true }
    case 'pumphouse, same thread':
      return reporting({ redis, poolSize: 0 })
    case 'pumphouse, headers and bodies':
      return reporting({ redis, capture: EVERYTHING })
    case 'pumphouse, Redis slow, spool':
    case 'pumphouse, Redis away, spool':
      return reporting({ redis, spool: { dir: folder, maxBytes: '1GiB' }, onWarning: () => undefined })
    case 'pumphouse, disabled':
      return reporting({ redis, disabled: true })
    case 'pino-http':
      return pinoHttp(peer, folder)
    case 'express-prom-bundle':
      return promBundle(peer)
    case 'moesif':
      return {
        middleware: peer('moesif-nodejs')({ applicationId: MOESIF_ID, baseUri: sink }),
        end: async () => void (await sleep(FLUSH_MS)),
      }
    case 'apitally':
      return apitally(peer, sink)
    case 'OpenTelemetry':
      return openTelemetry(peer, sink)
  }
}

/**
 * The least that a recorder can do, and what a reporter is to be compared with: on the close of the response a small object with what is at hand, in a list
 * that is let go of when it is full. Nothing is encoded, sent, or known of bytes, route, time to the first byte and how the request ended.
 */
function bareRecorder(): Installed {
  let recorded = 0
  let batch: object[] = []
  return {
    observe(request, response) {
      const startMs = performance.now()
      response.on('close', () => {
        const { method, url, httpVersion, headers, socket } = request
        recorded++
        batch.push({
          timestamp: Date.now(),
          durationMs: performance.now() - startMs,
          method,
          path: url,
          httpVersion,
          host: headers.host,
          userAgent: headers['user-agent'],
          clientIp: socket.remoteAddress,
          statusCode: response.statusCode,
        })
        if (batch.length === BATCH_SIZE) batch = []
      })
    },
    end: async () => recorded,
  }
}

/** Loaded only where it is measured: its memory is a part of what it costs. */
async function reporting(options: ReporterOptions): Promise<Installed> {
  const { createReporter } = await import('@pumphouse/reporter')
  const reporter = createReporter({ service: 'bench', analytics: { name: 'bench' }, ...options })
  return {
    reporter,
    async end() {
      const { sent, spooled } = await reporter.close()
      return sent + spooled
    },
  }
}

function pinoHttp(peer: Loose, folder: string): Installed {
  const { destination } = peer('pino')
  const { readFileSync } = peer('node:fs')
  const file = `${folder}/pino.log`
  const stream = destination({ dest: file, sync: false, minLength: 4096 })
  return {
    middleware: peer('pino-http')({}, stream),
    async end() {
      stream.flushSync()
      return readFileSync(file, 'utf8').split('\n').length - 1
    },
  }
}

function promBundle(peer: Loose): Installed {
  const { register } = peer('prom-client')
  const middleware = peer('express-prom-bundle')({ includeMethod: true, includePath: true })
  return {
    middleware,
    async end() {
      const { values } = await register.getSingleMetric('http_request_duration_seconds').get()
      const counts: { metricName: string; value: number }[] = values
      return counts.reduce((sum, { metricName, value }) => (metricName.endsWith('_count') ? sum + value : sum), 0)
    },
  }
}

function apitally(peer: Loose, sink: string): Installed {
  environment['APITALLY_HUB_BASE_URL'] = sink
  const options = { clientId: '00000000-0000-4000-8000-000000000000', env: 'dev' }
  return {
    setUp: app =>
      isFastify(app)
        ? app.register(peer('apitally/fastify').apitallyPlugin, options)
        : peer('apitally/express').useApitally(app, options),
    async end() {
      process.emit('SIGTERM')
      await sleep(FLUSH_MS)
      return undefined
    },
  }
}

function isFastify(app: unknown): app is { register(plugin: unknown, options: unknown): unknown } {
  return typeof app === 'object' && app !== null && 'register' in app
}

function openTelemetry(peer: Loose, sink: string): Installed {
  const { NodeTracerProvider, BatchSpanProcessor } = peer('@opentelemetry/sdk-trace-node')
  const { OTLPTraceExporter } = peer('@opentelemetry/exporter-trace-otlp-http')
  const { registerInstrumentations } = peer('@opentelemetry/instrumentation')
  const { HttpInstrumentation } = peer('@opentelemetry/instrumentation-http')
  const { ExpressInstrumentation } = peer('@opentelemetry/instrumentation-express')
  const exporter = new OTLPTraceExporter({ url: `${sink}/v1/traces` })
  // Its own bound of 2,048 spans in memory drops most of them at saturation, which would flatter its cost.
  const processor = new BatchSpanProcessor(exporter, {
    maxQueueSize: 1_000_000,
    maxExportBatchSize: 2_048,
    scheduledDelayMillis: 500,
  })
  const provider = new NodeTracerProvider({ spanProcessors: [processor] })
  provider.register()
  registerInstrumentations({ instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation()] })
  return {
    async end() {
      await provider.forceFlush()
      return undefined
    },
  }
}
