/**
 * The same API on Express 5. To try it, with a Redis on 127.0.0.1:6379:
 *
 *   PORT=3000 node packages/examples/dist/express-api.js
 *
 * SIGTERM or SIGINT stops it gracefully; its last line is what the reporter counted.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { type PumphouseMiddleware, pumphouse } from '@pumphouse/reporter/express'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { createOrderBook } from './order-book.ts'

const config = {
  port: Number(process.env['PORT'] ?? 3000),
  redis: process.env['PUMPHOUSE_REDIS_URL'] ?? 'redis://127.0.0.1:6379',
}

const SLOW_MS = 250
const EXPORT_PAUSE_MS = 100
const CLOSE_IDLE_EVERY_MS = 100

function buildApi(analytics: PumphouseMiddleware): Express {
  const app = express()
  const orders = createOrderBook()

  app.use(analytics)
  app.use((_request, response, next) => {
    if (app.locals['stopping']) response.set('connection', 'close')
    next()
  })
  app.use(express.json())

  app.get('/health', (_request, response) => void response.json({ status: 'ok' }))
  app.get('/orders', (_request, response) => void response.json(orders.list()))
  app.get('/orders/:id', (request, response) => {
    const order = orders.get(Number(request.params.id))
    if (order === undefined) response.status(404).json({ error: 'no such order' })
    else response.json(order)
  })
  app.post('/orders', (request, response) => {
    const { item, quantity } = request.body as { item?: unknown; quantity?: unknown }
    if (typeof item !== 'string' || !Number.isInteger(quantity)) {
      response.status(400).json({ error: 'an order has an item and a quantity' })
    } else {
      response.status(201).json(orders.add(item, Number(quantity)))
    }
  })
  app.get('/slow', async (_request, response) => {
    await sleep(SLOW_MS)
    response.json({ done: true })
  })
  app.get('/failing', () => {
    throw new RangeError('this endpoint always fails')
  })
  app.get('/export', async (_request, response) => {
    response.type('application/x-ndjson')
    for (const order of orders.list()) {
      if (response.destroyed) return
      response.write(`${JSON.stringify(order)}\n`)
      await sleep(EXPORT_PAUSE_MS)
    }
    response.end()
  })

  app.use(pumphouse.errors())
  app.use(answerError)
  return app
}

const answerError: ErrorRequestHandler = (error: { status?: number }, _request, response, _next) => {
  response.status(error.status ?? 500).json({ error: 'something went wrong' })
}

function main(): void {
  const analytics = pumphouse({
    service: 'orders',
    redis: config.redis,
    skip: request => request.path === '/health',
    enrich: request => ({ username: request.get('x-user') }),
  })
  const app = buildApi(analytics)
  const server = app.listen(config.port, '127.0.0.1', error => {
    if (error) throw error
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : config.port
    console.log(`listening on http://127.0.0.1:${port}`)
  })
  function stop(): void {
    // Connections kept alive by their clients would delay the end.
    app.locals['stopping'] = true
    setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS).unref()
    // Waits for the requests under way, then for their records.
    server.close(async () => console.log(JSON.stringify(await analytics.reporter.close())))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

main()
