/**
 * The same API on Koa 3. To try it, with a Redis on 127.0.0.1:6379:
 *
 *   PORT=3000 node packages/examples/dist/koa-api.js
 *
 * SIGTERM or SIGINT stops it gracefully; its last line is what the reporter counted.
 */

import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { bodyParser } from '@koa/bodyparser'
import Router from '@koa/router'
import { type PumphouseMiddleware, pumphouse } from '@pumphouse/reporter/koa'
import Koa from 'koa'
import { createOrderBook } from './order-book.ts'

const config = {
  port: Number(process.env['PORT'] ?? 3000),
  redis: process.env['PUMPHOUSE_REDIS_URL'] ?? 'redis://127.0.0.1:6379',
}

const SLOW_MS = 250
const EXPORT_PAUSE_MS = 100
const CLOSE_IDLE_EVERY_MS = 100

function buildApi(analytics: PumphouseMiddleware): Koa {
  const app = new Koa()
  const router = new Router()
  const orders = createOrderBook()

  app.silent = true
  app.use(analytics)
  app.use(answerErrors)
  // Below what catches errors: it would hide their names.
  app.use(pumphouse.errors())
  app.use(bodyParser())

  router.get('/health', ctx => {
    ctx.body = { status: 'ok' }
  })
  router.get('/orders', ctx => {
    ctx.body = orders.list()
  })
  router.get('/orders/:id', ctx => {
    const order = orders.get(Number(ctx.params['id']))
    if (order === undefined) ctx.throw(404, 'no such order')
    ctx.body = order
  })
  router.post('/orders', ctx => {
    const { item, quantity } = ctx.request.body as { item?: unknown; quantity?: unknown }
    if (typeof item === 'string' && Number.isInteger(quantity)) {
      ctx.status = 201
      ctx.body = orders.add(item, Number(quantity))
    } else {
      ctx.throw(400, 'an order has an item and a quantity')
    }
  })
  router.get('/slow', async ctx => {
    await sleep(SLOW_MS)
    ctx.body = { done: true }
  })
  router.get('/failing', () => {
    throw new RangeError('this endpoint always fails')
  })
  router.get('/export', ctx => {
    ctx.type = 'application/x-ndjson'
    ctx.body = Readable.from(lines())
  })
  app.use(router.routes()).use(router.allowedMethods())

  /** A line at a time: long enough for a client to leave in the middle. */
  async function* lines(): AsyncGenerator<string> {
    for (const order of orders.list()) {
      yield `${JSON.stringify(order)}\n`
      await sleep(EXPORT_PAUSE_MS)
    }
  }
  return app
}

const answerErrors: Koa.Middleware = async (ctx, next) => {
  try {
    await next()
  } catch (error) {
    const { status = 500, message } = error as { status?: number; message?: string }
    ctx.status = status
    ctx.body = { error: status < 500 ? message : 'something went wrong' }
  }
}

function main(): void {
  const analytics = pumphouse({
    service: 'orders',
    redis: config.redis,
    skip: ctx => ctx.path === '/health',
    enrich: ctx => ({ username: ctx.get('x-user') || undefined }),
  })
  const server = buildApi(analytics).listen(config.port, '127.0.0.1', () => {
    console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })
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
