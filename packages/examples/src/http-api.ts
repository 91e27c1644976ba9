/**
 * The same API on a plain server of Node. To try it, with a Redis on 127.0.0.1:6379:
 *
 *   PORT=3000 node packages/examples/dist/http-api.js
 *
 * SIGTERM or SIGINT stops it gracefully; its last line is what the reporter counted.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { instrument } from '@pumphouse/reporter/http'
import { createOrderBook } from './order-book.ts'

const config = {
  port: Number(process.env['PORT'] ?? 3000),
  redis: process.env['PUMPHOUSE_REDIS_URL'] ?? 'redis://127.0.0.1:6379',
}

const SLOW_MS = 250
const EXPORT_PAUSE_MS = 100
const CLOSE_IDLE_EVERY_MS = 100

type Handler = (request: IncomingMessage, response: ServerResponse, id: number) => void | Promise<void>

interface Route {
  readonly template: string
  readonly matches: RegExp
  readonly handle: Handler
}

/** What a request is answered with, and what its route is called in the records. */
type Router = (request: {
  readonly method?: string | undefined
  readonly url?: string | undefined
}) => Route | undefined

function createRouter(): Router {
  const orders = createOrderBook()
  const routes: readonly Route[] = [
    route('GET', '/health', (_request, response) => answer(response, 200, { status: 'ok' })),
    route('GET', '/orders', (_request, response) => answer(response, 200, orders.list())),
    route('GET', '/orders/:id', (_request, response, id) => {
      const order = orders.get(id)
      answer(response, order === undefined ? 404 : 200, order ?? { error: 'no such order' })
    }),
    route('POST', '/orders', async (request, response) => {
      const { item, quantity } = (await json(request)) as { item?: unknown; quantity?: unknown }
      if (typeof item === 'string' && Number.isInteger(quantity)) {
        answer(response, 201, orders.add(item, Number(quantity)))
      } else {
        answer(response, 400, { error: 'an order has an item and a quantity' })
      }
    }),
    route('GET', '/slow', async (_request, response) => {
      await sleep(SLOW_MS)
      answer(response, 200, { done: true })
    }),
    route('GET', '/failing', () => {
      throw new RangeError('this endpoint always fails')
    }),
    // A line at a time: long enough for a client to leave in the middle.
    route('GET', '/export', async (_request, response) => {
      response.setHeader('content-type', 'application/x-ndjson')
      for (const order of orders.list()) {
        if (response.destroyed) return
        response.write(`${JSON.stringify(order)}\n`)
        await sleep(EXPORT_PAUSE_MS)
      }
      response.end()
    }),
  ]
  return ({ method, url = '' }) => routes.find(({ matches }) => matches.test(`${method} ${url.split('?')[0]}`))
}

function route(method: string, template: string, handle: Handler): Route {
  return { template, matches: new RegExp(`^${method} ${template.replace(':id', '(\\d+)')}$`), handle }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

/** Names of errors, until their records are made. */
const errorNames = new WeakMap<object, string>()

function buildServer(router: Router): Server {
  return createServer(async (request, response) => {
    try {
      const found = router(request)
      if (found === undefined) answer(response, 404, { error: 'not found' })
      else await found.handle(request, response, Number(request.url?.split('/').at(-1)))
    } catch (error) {
      errorNames.set(request, error instanceof Error ? error.name : typeof error)
      if (!response.headersSent) answer(response, 500, { error: 'something went wrong' })
    }
  })
}

function main(): void {
  const router = createRouter()
  const server = buildServer(router)
  const { reporter } = instrument(server, {
    service: 'orders',
    redis: config.redis,
    skip: request => request.url === '/health',
    enrich: request => ({
      route: router(request)?.template,
      username: request.headers['x-user']?.toString(),
      errorName: errorNames.get(request),
    }),
  })
  server.listen(config.port, '127.0.0.1', () => {
    console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })
  function stop(): void {
    // Connections kept alive by their clients would delay the end.
    setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS).unref()
    // Waits for the requests under way, then for their records.
    server.close(async () => console.log(JSON.stringify(await reporter.close())))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

main()
