/** NestJS without decorators' syntax, which not every compiler of the tests takes: they are functions. */

import 'reflect-metadata'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import {
  All,
  applyDecorators,
  Controller,
  type DynamicModule,
  Get,
  HttpCode,
  type INestApplication,
  Param,
  Post,
  Req,
  Res,
  type Type,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import express from 'express'
import { PumphouseModule } from '../../src/adapters/nestjs.ts'
import { runScenario } from '../adapter-cases/raw-scenarios.ts'
import { type AdapterTarget, CHUNKS, type Close, EVENT, LARGE_BYTES, type Setup } from '../adapter-cases/target.ts'

/** Decorates a method, and its parameters by their index. */
export function decorate(
  controller: Type,
  method: string,
  route: MethodDecorator,
  ...parameters: readonly ParameterDecorator[]
): void {
  const descriptor = Object.getOwnPropertyDescriptor(controller.prototype, method)
  if (descriptor === undefined) throw new Error(`no method ${method}`)
  parameters.forEach((parameter, index) => void parameter(controller.prototype, method, index))
  route(controller.prototype, method, descriptor)
}

/** What Nest hands out: Node's own on Express; on Fastify what has it in `raw`. */
type HandedRequest = IncomingMessage & { readonly raw?: IncomingMessage }
type HandedResponse = ServerResponse & {
  readonly raw?: ServerResponse
  send(body: unknown): void
  readonly hijack?: () => void
}

function controllersOf(onArrival: () => void): readonly Type[] {
  class Main {
    order(id: string) {
      return { id }
    }
    throws() {
      throw new RangeError('always')
    }
    async upload(request: HandedRequest) {
      onArrival()
      const raw = request.raw ?? request
      if (!raw.readableEnded) await new Promise(resolve => raw.resume().once('end', resolve))
      return 'thanks'
    }
    stream(response: HandedResponse) {
      send(response, Readable.from(CHUNKS))
    }
    events(response: HandedResponse) {
      const events = new Readable({ read: () => undefined })
      events.push(EVENT)
      send(response, events)
    }
    large(response: HandedResponse) {
      response.send(Buffer.alloc(LARGE_BYTES))
    }
    never() {
      return new Promise(onArrival)
    }
    raw(request: HandedRequest, response: HandedResponse) {
      response.hijack?.()
      runScenario(request.raw ?? request, response.raw ?? response)
    }
  }
  Controller()(Main)
  decorate(Main, 'order', Get('orders/:id'), Param('id'))
  decorate(Main, 'throws', Get('throws'))
  decorate(Main, 'upload', applyDecorators(Post('upload'), HttpCode(200)), Req())
  decorate(Main, 'stream', Get('stream'), Res())
  decorate(Main, 'events', Get('events'), Res())
  decorate(Main, 'large', Get('large'), Res())
  decorate(Main, 'never', Get('never'))
  decorate(Main, 'raw', All('raw/:scenario'), Req(), Res())

  class Shop {
    item() {
      return 'x'
    }
  }
  Controller('shop')(Shop)
  decorate(Shop, 'item', Get('items/:item'))
  return [Main, Shop]
}

function send(response: HandedResponse, body: Readable): void {
  if (response.raw === undefined) body.pipe(response)
  else response.send(body)
}

/** The application of the cases, with the module imported as often as it is to be. */
function moduleOf({ reporter, skippedPath, fields, times, onArrival }: Setup): DynamicModule {
  class Application {}
  return {
    module: Application,
    controllers: [...controllersOf(onArrival)],
    imports: Array.from({ length: times }, () =>
      PumphouseModule.forRoot({ reporter, skip: request => request.url === skippedPath, enrich: () => fields }),
    ),
  }
}

function closeOf(app: INestApplication): Close {
  return () => app.close()
}

export const nestOnExpressTarget: AdapterTarget = {
  name: 'nestjs on express',
  async start(setup, createServer) {
    const below = express()
    if (setup.trustProxy) below.set('trust proxy', true)
    const app = await NestFactory.create(moduleOf(setup), new ExpressAdapter(below), { logger: false })
    await app.init()
    createServer(below)
    return closeOf(app)
  },
}

export const nestOnFastifyTarget: AdapterTarget = {
  name: 'nestjs on fastify',
  async start(setup, createServer) {
    const adapter = new FastifyAdapter({
      trustProxy: setup.trustProxy ?? false,
      serverFactory: (handler: RequestListener) => createServer(handler) as never,
    })
    adapter.getInstance().addContentTypeParser('application/x-any', (_request, _payload, done) => done(null))
    const app = await NestFactory.create(moduleOf(setup), adapter, { logger: false })
    await app.init()
    await adapter.getInstance().ready()
    return closeOf(app)
  },
}
