/** What is Nest's own; what all adapters have in common is in adapters.slow.test.ts. */

import 'reflect-metadata'
import type { Duplex } from 'node:stream'
import {
  type ArgumentsHost,
  Body,
  Catch,
  Controller,
  type ExecutionContext,
  ForbiddenException,
  Get,
  type INestApplication,
  Inject,
  type MiddlewareConsumer,
  Module,
  type ModuleMetadata,
  Param,
  ParseIntPipe,
  Post,
  Req,
  RequestMethod,
  type Type,
  UseGuards,
  VersioningType,
} from '@nestjs/common'
import { type AbstractHttpAdapter, HttpAdapterHost, NestFactory, RouterModule } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { Test } from '@nestjs/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decorate } from '../../test/adapter-targets/nestjs.ts'
import { type CollectingReporter, collectingReporter } from '../../test/collecting-reporter.ts'
import { leavingHttp, leftHttp } from '../../test/leaving-http.ts'
import { exchange, head } from '../../test/raw-client.ts'
import { setConsumer } from './consumer.ts'
import { PUMPHOUSE_REPORTER, PumphouseModule } from './nestjs.ts'

class Orders {
  order(id: number) {
    return { id }
  }
  make(body: unknown) {
    return body
  }
  guarded() {
    return 'x'
  }
}
Controller('orders')(Orders)
decorate(Orders, 'order', Get(':id'), Param('id', ParseIntPipe))
decorate(Orders, 'make', Post(), Body())
decorate(Orders, 'guarded', Get('all/guarded'))
const guard = {
  canActivate(_context: ExecutionContext): boolean {
    throw new ForbiddenException()
  },
}
UseGuards(guard)(Orders.prototype, 'guarded', { value: Orders.prototype.guarded })

class Several {
  answer() {
    return 'x'
  }
  rest() {
    return 'x'
  }
}
Controller(['teas', 'milks'])(Several)
decorate(Several, 'answer', Get(['hot', 'cold/:size']))
decorate(Several, 'rest', Get('files/*'))

/** Makes an answer of any error. */
class Answering {
  catch(_error: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = app!.get(HttpAdapterHost)
    httpAdapter.reply(host.switchToHttp().getResponse(), 'handled', 418)
  }
}
Catch()(Answering)

let app: INestApplication | undefined
let reporter: CollectingReporter

beforeEach(() => {
  reporter = collectingReporter()
})
afterEach(() => app?.close())

function moduleWith(metadata: ModuleMetadata) {
  class Application {}
  return { module: Application, ...metadata } as const
}

describe.each<[string, () => AbstractHttpAdapter]>([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
])('the module of Nest on %s', (_, below) => {
  async function serve(
    metadata: ModuleMetadata = {},
    configure: (app: INestApplication) => void = () => undefined,
  ): Promise<string> {
    const imports = [PumphouseModule.forRoot({ reporter })]
    app = await NestFactory.create(moduleWith({ imports, controllers: [Orders], ...metadata }), below(), {
      logger: false,
      abortOnError: false,
    })
    configure(app)
    await app.listen(0, '127.0.0.1')
    return app.getUrl()
  }

  it('records the template with the global prefix and the version', async () => {
    const url = await serve({}, it => {
      it.setGlobalPrefix('api', { exclude: [{ path: 'health', method: RequestMethod.GET }] })
      it.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' })
    })
    expect((await fetch(`${url}/api/v1/orders/7`)).status).toBe(200)
    await fetch(`${url}/orders/7`)
    expect(await reporter.collected(2)).toMatchObject([
      { path: '/api/v1/orders/7', route: '/api/v1/orders/:id', statusCode: 200 },
      { path: '/orders/7', route: undefined, statusCode: 404 },
    ])
  })

  it('records the template of each of several paths, of a wildcard, and of routers in routers', async () => {
    class Inner {}
    Module({ controllers: [Several] })(Inner)
    const url = await serve({
      imports: [
        PumphouseModule.forRoot({ reporter }),
        Inner,
        RouterModule.register([{ path: 'shops/:shop', children: [{ path: 'inner', module: Inner }] }]),
      ],
    })
    const paths = ['/shops/5/inner/teas/hot', '/shops/5/inner/milks/cold/2', '/shops/5/inner/teas/files/a/b']
    for (const path of paths) expect((await fetch(url + path)).status).toBe(200)
    const [hot, cold, files] = (await reporter.collected(3)).map(({ route }) => route)
    expect([hot, cold]).toEqual(['/shops/:shop/inner/teas/hot', '/shops/:shop/inner/milks/cold/:size'])
    // Each framework writes it in its own way.
    expect(files).toMatch(/^\/shops\/:shop\/inner\/teas\/files\/.*\*/)
  })

  it('records what a filter makes of an error with its status, and the name of the error', async () => {
    const url = await serve({}, it => void it.useGlobalFilters(new Answering()))
    expect((await fetch(`${url}/orders/seven`)).status).toBe(418)
    expect(await reporter.collected(1)).toMatchObject([
      { route: '/orders/:id', statusCode: 418, errorName: 'BadRequestException' },
    ])
  })

  it('records what a pipe refuses with the name of its exception, and what a guard refuses', async () => {
    const url = await serve()
    await fetch(`${url}/orders/seven`)
    await fetch(`${url}/orders/all/guarded`)
    expect(await reporter.collected(2)).toMatchObject([
      { route: '/orders/:id', statusCode: 400, outcome: 'ok', errorName: 'BadRequestException' },
      { route: '/orders/all/guarded', statusCode: 403, outcome: 'ok', errorName: undefined },
    ])
  })

  it('names no route where only middleware saw the request', async () => {
    class Passing {
      configure(consumer: MiddlewareConsumer): void {
        const pass = (_request: unknown, _response: unknown, next: () => void): void => next()
        consumer.apply(pass).forRoutes({ path: '*splat', method: RequestMethod.ALL })
      }
    }
    Module({})(Passing)
    const url = await serve({ imports: [PumphouseModule.forRoot({ reporter }), Passing] })
    await fetch(`${url}/nowhere/a`)
    await fetch(`${url}/orders/7`)
    await fetch(`${url}/nowhere/b`)
    expect(await reporter.collected(3)).toMatchObject([
      { route: undefined, statusCode: 404 },
      { route: '/orders/:id', statusCode: 200 },
      { route: undefined, statusCode: 404 },
    ])
  })

  it('records a body that the parser refuses before Nest hears of it', async () => {
    const url = await serve()
    await fetch(`${url}/orders`, { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } })
    expect(await reporter.collected(1)).toMatchObject([{ path: '/orders', method: 'POST', statusCode: 400 }])
  })

  it('gives the reporter to whoever asks for it, and leaves one it did not make open', async () => {
    class Asking {
      readonly reporter: unknown
      constructor(injected: unknown) {
        this.reporter = injected
      }
    }
    Inject(PUMPHOUSE_REPORTER)(Asking, undefined, 0)
    await serve({ providers: [Asking] })
    expect(app?.get(Asking).reporter).toBe(reporter)
    expect(app?.get(PUMPHOUSE_REPORTER)).toBe(reporter)
    await app?.close()
    expect(reporter.closed()).toBe(false)
  })

  it('takes its options from a factory too', async () => {
    const CONFIG = Symbol('config')
    const imports = [
      PumphouseModule.forRootAsync({
        imports: [moduleWith({ providers: [{ provide: CONFIG, useValue: 'ann' }], exports: [CONFIG] })],
        inject: [CONFIG],
        useFactory: async (username: string) => ({ reporter, enrich: () => ({ username }) }),
      }),
    ]
    await fetch(`${await serve({ imports })}/orders/7`)
    expect(await reporter.collected(1)).toMatchObject([{ route: '/orders/:id', username: 'ann' }])
  })

  it('closes a reporter that it made when the application has closed', async () => {
    const redis = 'redis://127.0.0.1:1'
    await serve({ imports: [PumphouseModule.forRoot({ service: 's', redis, poolSize: 0, skip: () => true })] })
    const own = app?.get(PUMPHOUSE_REPORTER)
    await app?.close()
    expect(own.record({ path: '/' })).toBe(false)
    expect(own.stats().dropped.closed).toBe(1)
  })

  it('looks at nothing when it is disabled', async () => {
    const url = await serve({ imports: [PumphouseModule.forRoot({ service: 's', disabled: true })] })
    expect((await fetch(`${url}/orders/7`)).status).toBe(200)
    expect((await fetch(`${url}/orders/seven`)).status).toBe(400)
    expect(app?.get(PUMPHOUSE_REPORTER).disabled).toBe(true)
  })

  it('records what reaches none of the hooks with server: true, and each request once', async () => {
    const skip = ({ url }: { readonly url: string }) => url === '/orders/0'
    await serve({
      imports: [PumphouseModule.forRoot({ reporter, server: true, skip, enrich: () => ({ username: 'ann' }) })],
    })
    const { port } = app!.getHttpServer().address()
    for (const sent of [
      head('GET', '/orders/1', { expect: 'a-miracle' }),
      'NONSENSE\r\n\r\n',
      head('GET', '/orders/0'),
      head('GET', '/orders/2'),
    ]) {
      await exchange(port, sent)
    }
    expect(await reporter.collected(3)).toMatchObject([
      { path: '/orders/1', statusCode: 417, route: undefined, username: undefined },
      { statusCode: 400, errorName: 'HPE_INVALID_METHOD' },
      { path: '/orders/2', statusCode: 200, route: '/orders/:id', username: 'ann' },
    ])
    expect(reporter.warnings).toEqual([])
  })

  it('records what leaves HTTP with server: true', async () => {
    await serve({ imports: [PumphouseModule.forRoot({ reporter, server: true })] })
    const server = app!.getHttpServer()
    server.on('upgrade', (_request: unknown, socket: Duplex) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
    server.on('connect', (_request: unknown, socket: Duplex) => socket.end('HTTP/1.1 200 Connected\r\n\r\n'))
    for (const sent of leavingHttp) await exchange(server.address().port, sent)
    expect(await reporter.collected(3)).toMatchObject(leftHttp)
  })

  it('knows who a request comes from where a handler says it', async () => {
    class Saying {
      answer(request: object): string {
        setConsumer(request, 'ann')
        return 'x'
      }
    }
    Controller()(Saying)
    decorate(Saying, 'answer', Get('saying'), Req())
    await fetch(`${await serve({ controllers: [Saying] })}/saying`)
    expect(await reporter.collected(1)).toMatchObject([{ route: '/saying', username: 'ann' }])
  })

  it('sees the requests of an application that a test makes', async () => {
    const metadata: ModuleMetadata = { imports: [PumphouseModule.forRoot({ reporter })], controllers: [Orders as Type] }
    const compiled = await Test.createTestingModule(metadata).compile()
    app = compiled.createNestApplication(below(), { logger: false, abortOnError: false })
    await app.listen(0, '127.0.0.1')
    await fetch(`${await app.getUrl()}/orders/7`)
    expect(await reporter.collected(1)).toMatchObject([{ route: '/orders/:id', statusCode: 200 }])
  })
})

it.each([
  ['options that are wrong', PumphouseModule.forRoot({ poolSize: -1 } as never)],
  ['no options', PumphouseModule.forRoot(undefined as never)],
  ['no options of a factory', PumphouseModule.forRootAsync({ useFactory: () => undefined as never })],
])('an application does not start with %s', async (_, module) => {
  const imports = [module]
  const starting = NestFactory.create(moduleWith({ imports }), { logger: false, abortOnError: false })
  await expect(starting).rejects.toMatchObject({ code: 'PH_CONFIG_INVALID' })
})
