/**
 * The same API on NestJS. To try it, with a Redis on 127.0.0.1:6379:
 *
 *   PORT=3000 node packages/examples/dist/nestjs-api.js
 *
 * SIGTERM or SIGINT stops it gracefully; its last line is what the reporter counted.
 */

import 'reflect-metadata'
import type { Server } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  BadRequestException,
  Body,
  Controller,
  Get,
  Header,
  Inject,
  Module,
  NotFoundException,
  Param,
  ParseIntPipe,
  Post,
  StreamableFile,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { Reporter } from '@pumphouse/reporter'
import { PUMPHOUSE_REPORTER, PumphouseModule } from '@pumphouse/reporter/nestjs'
import { createOrderBook, type Order, type OrderBook } from './order-book.ts'

const config = {
  port: Number(process.env['PORT'] ?? 3000),
  redis: process.env['PUMPHOUSE_REDIS_URL'] ?? 'redis://127.0.0.1:6379',
}

const SLOW_MS = 250
const EXPORT_PAUSE_MS = 100
const CLOSE_IDLE_EVERY_MS = 100

const ORDER_BOOK = Symbol('order book')

@Controller()
class OrdersController {
  readonly #orders: OrderBook

  constructor(@Inject(ORDER_BOOK) orders: OrderBook) {
    this.#orders = orders
  }

  @Get('health')
  health(): object {
    return { status: 'ok' }
  }

  @Get('orders')
  list(): readonly Order[] {
    return this.#orders.list()
  }

  @Get('orders/:id')
  one(@Param('id', ParseIntPipe) id: number): Order {
    const order = this.#orders.get(id)
    if (order === undefined) throw new NotFoundException('no such order')
    return order
  }

  @Post('orders')
  add(@Body() { item, quantity }: { item?: unknown; quantity?: unknown }): Order {
    if (typeof item !== 'string' || !Number.isInteger(quantity)) {
      throw new BadRequestException('an order has an item and a quantity')
    }
    return this.#orders.add(item, Number(quantity))
  }

  @Get('slow')
  async slow(): Promise<object> {
    await sleep(SLOW_MS)
    return { done: true }
  }

  @Get('failing')
  fail(): never {
    throw new RangeError('this endpoint always fails')
  }

  @Get('export')
  @Header('content-type', 'application/x-ndjson')
  export(): StreamableFile {
    return new StreamableFile(Readable.from(this.#lines(), { objectMode: false }))
  }

  /** A line at a time: long enough for a client to leave in the middle. */
  async *#lines(): AsyncGenerator<string> {
    for (const order of this.#orders.list()) {
      yield `${JSON.stringify(order)}\n`
      await sleep(EXPORT_PAUSE_MS)
    }
  }
}

@Module({
  imports: [
    PumphouseModule.forRoot({
      service: 'orders',
      redis: config.redis,
      skip: request => request.url === '/health',
      enrich: request => ({ username: request.headers['x-user']?.toString() }),
    }),
  ],
  controllers: [OrdersController],
  providers: [{ provide: ORDER_BOOK, useFactory: createOrderBook }],
})
class ApiModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create(ApiModule, { logger: false })
  async function stop(): Promise<void> {
    const server = app.getHttpServer() as Server
    // Connections kept alive by their clients would delay the end.
    setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS).unref()
    // Waits for the requests under way; the module then flushes and closes the reporter.
    await app.close()
    console.log(JSON.stringify(app.get<Reporter>(PUMPHOUSE_REPORTER).stats()))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  await app.listen(config.port, '127.0.0.1')
  console.log(`listening on ${await app.getUrl()}`)
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
