/**
 * The server of the questions overhead-*, a process of its own so that its CPU time is that of the requests alone. Arguments: the framework, the
 * instrument, and its surroundings. Says its port; asked for `usage`, its CPU time and memory so far; on `end` it stops and says how many requests were recorded.
 */

import { readFileSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Installed, type Instrument, install } from './overhead-instruments.ts'

/** The frameworks that are measured. */
export type Framework = 'http' | 'fastify' | 'fastify, 5 ms' | 'express' | 'koa'

/** What the server says. */
export interface OverheadAnswer {
  readonly port?: number
  readonly cpuUs?: number
  /** Of the thread that serves, where the system tells; else 0. */
  readonly servingUs?: number
  readonly rssMiB?: number
  /** Of the event loop, since it was asked for last, the 99th percentile. */
  readonly loopDelayMs?: number
  readonly recorded?: number | undefined
}

/** About 1 KB of JSON, as small replies of an API are. */
const REPLY = {
  orders: Array.from({ length: 10 }, (_, id) => ({ id, item: 'tea', note: 'x'.repeat(60), quantity: 2 })),
}
const ROUTE = '/orders/:id'
const MIB = 2 ** 20
const NS_PER_US = 1000
const NS_PER_MS = 1e6
const HANDLER_MS = 5
const LOOK_MS = 10

/** As Fastify hands out Node's objects. */
interface Raw<T> {
  readonly raw: T
}

type Listen = (onListening: () => void) => Server

/** Frameworks are loaded after the instrument, which may have to patch what they load. */
const load = createRequire(import.meta.url)

async function serveHttp({ reporter, wholeServer, observe }: Installed): Promise<Listen> {
  const { createServer } = load('node:http')
  const adapter = reporter && (await import('@pumphouse/reporter/http'))
  const options = reporter && { reporter, enrich: () => ({ route: ROUTE }) }
  const recorder = options && !wholeServer ? adapter?.pumphouse(options) : observe
  const server: Server = createServer((request: IncomingMessage, response: ServerResponse) => {
    recorder?.(request, response)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(REPLY))
  })
  if (options && wholeServer) adapter?.instrument(server, options)
  return onListening => server.listen(0, '127.0.0.1', onListening)
}

function serveFastify(installed: Installed): Promise<Listen> {
  return serveFastifyWith(installed, async () => REPLY)
}

/** Its handler waits, as for a database. */
function serveFastifyWaiting(installed: Installed): Promise<Listen> {
  return serveFastifyWith(installed, () => sleep(HANDLER_MS, REPLY))
}

async function serveFastifyWith(
  { reporter, observe, setUp }: Installed,
  handler: () => Promise<unknown>,
): Promise<Listen> {
  const app = load('fastify')()
  if (reporter) await app.register((await import('@pumphouse/reporter/fastify')).pumphouse, { reporter })
  if (observe) {
    app.addHook('onRequest', (request: Raw<IncomingMessage>, reply: Raw<ServerResponse>, done: () => void) => {
      observe(request.raw, reply.raw)
      done()
    })
  }
  await setUp?.(app)
  app.get(ROUTE, handler)
  return onListening => {
    app.listen({ port: 0, host: '127.0.0.1' }).then(onListening)
    return app.server
  }
}

async function serveExpress({ reporter, observe, middleware, setUp }: Installed): Promise<Listen> {
  const app = load('express')()
  if (reporter) app.use((await import('@pumphouse/reporter/express')).pumphouse({ reporter }))
  if (observe) {
    app.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
      observe(request, response)
      next()
    })
  }
  if (middleware !== undefined) app.use(middleware)
  setUp?.(app)
  app.get(ROUTE, (_request: unknown, response: { json(body: unknown): void }) => response.json(REPLY))
  return onListening => app.listen(0, '127.0.0.1', onListening)
}

async function serveKoa({ reporter, observe }: Installed): Promise<Listen> {
  const Koa = load('koa')
  const app = new Koa()
  if (reporter) app.use((await import('@pumphouse/reporter/koa')).pumphouse({ reporter }))
  if (observe) {
    app.use((context: { req: IncomingMessage; res: ServerResponse }, next: () => unknown) => {
      observe(context.req, context.res)
      return next()
    })
  }
  app.use((context: { body: unknown }) => {
    context.body = REPLY
  })
  return onListening => app.listen(0, '127.0.0.1', onListening)
}

const serve: Readonly<Record<Framework, (installed: Installed) => Promise<Listen>>> = {
  http: serveHttp,
  fastify: serveFastify,
  'fastify, 5 ms': serveFastifyWaiting,
  express: serveExpress,
  koa: serveKoa,
}

async function main([framework, instrument, redis = '', sink = '', folder = '']: readonly string[]): Promise<void> {
  const installed = await install(instrument as Instrument, { redis, sink, folder })
  const listen = await serve[framework as Framework](installed)
  const server = listen(() => say({ port: (server.address() as AddressInfo).port }))
  const loopDelay = monitorEventLoopDelay({ resolution: LOOK_MS })
  loopDelay.enable()
  process.on('message', async message => {
    if (message === 'usage') {
      const { user, system } = process.cpuUsage()
      // What it tells is how long it was from one look to the next.
      const loopDelayMs = Math.max(0, loopDelay.percentile(99) / NS_PER_MS - LOOK_MS)
      loopDelay.reset()
      return say({ cpuUs: user + system, servingUs: servingUs(), rssMiB: process.memoryUsage.rss() / MIB, loopDelayMs })
    }
    say({ recorded: await installed.end() })
    process.disconnect()
    server.close()
    server.closeAllConnections()
  })
}

/** Linux tells the time that a thread has run in nanoseconds. */
function servingUs(): number {
  try {
    const [ran] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')
    return Number(ran) / NS_PER_US
  } catch {
    return 0
  }
}

function say(answer: OverheadAnswer): void {
  process.send?.(answer)
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = 1
})
