/**
 * The same API on Hono 4, on a server of Node. To try it, with a Redis on 127.0.0.1:6379:
 *
 *   PORT=3000 node packages/examples/dist/hono-api.js
 *
 * SIGTERM or SIGINT stops it gracefully; its last line is what the reporter counted.
 */

import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { serve } from '@hono/node-server'
import { type PumphouseMiddleware, pumphouse } from '@pumphouse/reporter/hono'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { stream } from 'hono/streaming'
import { createOrderBook } from './order-book.ts'

const config = {
  port: Number(process.env['PORT'] ?? 3000),
  redis: process.env['PUMPHOUSE_REDIS_URL'] ?? 'redis://127.0.0.1:6379',
}

const SLOW_MS = 250
const EXPORT_PAUSE_MS = 100
const CLOSE_IDLE_EVERY_MS = 100

function buildApi(analytics: PumphouseMiddleware): Hono {
  const app = new Hono()
  const orders = createOrderBook()

  app.use(analytics)
  app.onError((error, c) => {
    const status = error instanceof HTTPException ? error.status : 500
    return c.json({ error: status < 500 ? error.message : 'something went wrong' }, status)
  })

  app.get('/health', c => c.json({ status: 'ok' }))
  app.get('/orders', c => c.json(orders.list()))
  app.get('/orders/:id', c => {
    const order = orders.get(Number(c.req.param('id')))
    if (order === undefined) throw new HTTPException(404, { message: 'no such order' })
    return c.json(order)
  })
  app.post('/orders', async c => {
    const { item, quantity } = await c.req.json<{ item?: unknown; quantity?: unknown }>()
    if (typeof item !== 'string' || !Number.isInteger(quantity)) {
      throw new HTTPException(400, { message: 'an order has an item and a quantity' })
    }
    return c.json(orders.add(item, Number(quantity)), 201)
  })
  app.get('/slow', async c => {
    await sleep(SLOW_MS)
    return c.json({ done: true })
  })
  app.get('/failing', () => {
    throw new RangeError('this endpoint always fails')
  })
  // A line at a time: long enough for a client to leave in the middle.
  app.get('/export', c => {
    c.header('content-type', 'application/x-ndjson')
    return stream(c, async body => {
      for (const order of orders.list()) {
        if (body.aborted) return
        await body.write(`${JSON.stringify(order)}\n`)
        await sleep(EXPORT_PAUSE_MS)
      }
    })
  })
  return app
}

function main(): void {
  const analytics = pumphouse({
    service: 'orders',
    redis: config.redis,
    skip: c => c.req.path === '/health',
    enrich: c => ({ username: c.req.header('x-user') }),
  })
  const { fetch } = buildApi(analytics)
  const server = serve({ fetch, port: config.port, hostname: '127.0.0.1' }, ({ port }) => {
    console.log(`listening on http://127.0.0.1:${port}`)
  }) as Server
  function stop(): void {
    // Connections kept alive by their clients would delay the end.
    setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS).unref()
    // Waits for the requests under way, then for their records.
    server.close(async () => console.log(JSON.stringify(await analytics.reporter.close())))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

main()
