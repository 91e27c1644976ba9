/**
 * A small API on Fastify that reports its requests. To try it, with a Redis on 127.0.0.1:6379:
 *
 *   PORT=3000 node packages/examples/dist/fastify-api.js
 *
 * SIGTERM or SIGINT stops it gracefully; its last line is what the reporter counted.
 */

import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { pumphouse } from '@pumphouse/reporter/fastify'
import fastify, { type FastifyInstance } from 'fastify'
import { createOrderBook } from './order-book.ts'

const config = {
  port: Number(process.env['PORT'] ?? 3000),
  redis: process.env['PUMPHOUSE_REDIS_URL'] ?? 'redis://127.0.0.1:6379',
}

const SLOW_MS = 250
const EXPORT_PAUSE_MS = 100
const CLOSE_IDLE_EVERY_MS = 100

async function buildApi(): Promise<FastifyInstance> {
  const app = fastify()
  const orders = createOrderBook()

  await app.register(pumphouse, {
    service: 'orders',
    redis: config.redis,
    skip: request => request.url === '/health',
    enrich: request => ({ username: request.headers['x-user']?.toString() }),
  })

  app.get('/health', () => ({ status: 'ok' }))
  app.get('/orders', () => orders.list())
  app.get<{ Params: { id: string } }>('/orders/:id', (request, reply) => {
    const order = orders.get(Number(request.params.id))
    return order ?? reply.code(404).send({ error: 'no such order' })
  })
  app.post<{ Body: { item: string; quantity: number } }>(
    '/orders',
    { schema: { body: orderSchema } },
    (request, reply) => reply.code(201).send(orders.add(request.body.item, request.body.quantity)),
  )
  app.get('/slow', async () => {
    await sleep(SLOW_MS)
    return { done: true }
  })
  app.get('/failing', () => {
    throw new RangeError('this endpoint always fails')
  })
  app.get('/export', (_request, reply) => {
    reply.header('content-type', 'application/x-ndjson')
    return reply.send(Readable.from(lines()))
  })

  /** A line at a time: long enough for a client to leave in the middle. */
  async function* lines(): AsyncGenerator<string> {
    for (const order of orders.list()) {
      yield `${JSON.stringify(order)}\n`
      await sleep(EXPORT_PAUSE_MS)
    }
  }
  return app
}

const orderSchema = {
  type: 'object',
  required: ['item', 'quantity'],
  properties: { item: { type: 'string', maxLength: 100 }, quantity: { type: 'integer', minimum: 1 } },
}

async function main(): Promise<void> {
  const app = await buildApi()
  async function stop(): Promise<void> {
    // Fastify answers new requests with 503 by now; connections kept alive by their clients would delay the end.
    setInterval(() => app.server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS).unref()
    // Waits for the requests under way; the plugin then flushes and closes the reporter.
    await app.close()
    console.log(JSON.stringify(app.pumphouse.stats()))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  const url = await app.listen({ port: config.port, host: '127.0.0.1' })
  console.log(`listening on ${url}`)
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
