/**
 * The reporter as a module of NestJS: `imports: [PumphouseModule.forRoot({ service: 'orders' })]`, on Nest's Express and on its Fastify adapter.
 *
 * It is put into the application below Nest as soon as that is known, before Nest's own parsers and middleware, so that it sees what they
 * refuse. Nest catches the errors of handlers and makes responses of them: their names are taken by an interceptor around every handler.
 */

import type { IncomingHttpHeaders } from 'node:http'
import type { DynamicModule, ExecutionContext, FactoryProvider, NestInterceptor } from '@nestjs/common'
import { APP_INTERCEPTOR, HttpAdapterHost } from '@nestjs/core'
import type { Express, Request as ExpressRequest, Response as ExpressResponse } from 'express'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { tap } from 'rxjs'
import { checkGiven } from '../options.ts'
import type { Reporter } from '../reporter.ts'
import type { WatchedServer } from '../requests/server-watch.ts'
import { type Adapter, type AdapterOptions, createAdapter } from './adapter.ts'
import { middlewareOf } from './express.ts'
import { addHooks } from './fastify.ts'
import { instrumentBelow } from './http.ts'
import type { ServerOption } from './request-hooks.ts'
import { noteError } from './thrown-error.ts'

/** What the requests of both adapters have; a type of your framework's may be named instead. */
export interface NestRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

/** What the responses of both adapters have. */
export interface NestResponse {
  readonly statusCode: number
}

/** Options of a reporter (or `reporter: an existing one`), `skip(request)`, `enrich(request, response)` and `server`. */
export type PumphouseNestOptions<Request = NestRequest, Response = NestResponse> = AdapterOptions<Request, Response> &
  ServerOption

/** Options that are made by other providers. */
export interface PumphouseNestAsyncOptions<Request = NestRequest, Response = NestResponse>
  extends Pick<DynamicModule, 'imports'>,
    Pick<FactoryProvider, 'inject'> {
  readonly useFactory: (
    ...injected: never[]
  ) => PumphouseNestOptions<Request, Response> | Promise<PumphouseNestOptions<Request, Response>>
}

/** The token of the reporter, in every module: `@Inject(PUMPHOUSE_REPORTER) reporter: Reporter`. */
export const PUMPHOUSE_REPORTER: unique symbol = Symbol('pumphouse.reporter')

const OPTIONS = Symbol('pumphouse.options')
const INSTALLATION = Symbol('pumphouse.installation')

/** Records every request of the application. A reporter it made is closed when the application has closed. */
// biome-ignore lint/complexity/noStaticOnlyClass: Nest knows modules by their class, and users know forRoot().
export class PumphouseModule {
  /** Application start fails with OptionsError. */
  static forRoot<Request = NestRequest, Response = NestResponse>(
    options: PumphouseNestOptions<Request, Response>,
  ): DynamicModule {
    return moduleOf({ provide: OPTIONS, useFactory: () => options })
  }

  /** The same with options from a factory. */
  static forRootAsync<Request = NestRequest, Response = NestResponse>({
    imports = [],
    inject = [],
    useFactory,
  }: PumphouseNestAsyncOptions<Request, Response>): DynamicModule {
    return { ...moduleOf({ provide: OPTIONS, inject, useFactory }), imports }
  }
}

function moduleOf(options: FactoryProvider): DynamicModule {
  const installation: FactoryProvider = {
    provide: INSTALLATION,
    inject: [OPTIONS, HttpAdapterHost],
    useFactory: install,
  }
  const reporter: FactoryProvider = {
    provide: PUMPHOUSE_REPORTER,
    inject: [INSTALLATION],
    useFactory: (installed: Installation) => installed.reporter,
  }
  const interceptor: FactoryProvider = {
    provide: APP_INTERCEPTOR,
    inject: [PUMPHOUSE_REPORTER],
    useFactory: ({ disabled }: Reporter) => (disabled ? passing : errorNaming),
  }
  return {
    module: PumphouseModule,
    global: true,
    providers: [options, installation, reporter, interceptor],
    exports: [reporter],
  }
}

interface Installation {
  readonly reporter: Reporter
  /** Called by Nest when the server is there and does not listen yet. */
  onModuleInit(): void
  /** Called by Nest when connections are closed, so every response has. */
  onApplicationShutdown(): Promise<void>
}

function install(given: PumphouseNestOptions<unknown, unknown>, host: HttpAdapterHost): Installation {
  checkGiven(given)
  const { server, ...options } = given
  const adapter = createAdapter(options)
  const { reporter, owned } = adapter
  // At once; or later, where an application is made of modules that are there already, as tests do.
  if (!reporter.disabled) host.init$.subscribe(() => putBelow(host, adapter))
  return {
    reporter,
    onModuleInit() {
      const below: WatchedServer | undefined = server ? host.httpAdapter?.getHttpServer() : undefined
      if (below !== undefined) instrumentBelow(below, reporter)
    },
    async onApplicationShutdown() {
      if (owned) await reporter.close()
    },
  }
}

/** Never throws: Nest's own code calls it. */
function putBelow({ httpAdapter }: HttpAdapterHost, adapter: Adapter<unknown, unknown>): void {
  // There is none in an application without HTTP: a command, a worker of a queue.
  if (!httpAdapter) return
  try {
    const below: unknown = httpAdapter.getInstance()
    if (httpAdapter.getType() === 'fastify') {
      addHooks(below as FastifyInstance, adapter as Adapter<FastifyRequest, FastifyReply>)
    } else {
      ;(below as Express).use(middlewareOf(adapter as Adapter<ExpressRequest, ExpressResponse>))
    }
  } catch (error) {
    adapter.reporter.requests.failed(error)
  }
}

/** Nest wants one in any case. */
const passing: NestInterceptor = { intercept: (_context, next) => next.handle() }

/** Both adapters hand their own request on; Fastify's has Node's in `raw`. */
const errorNaming: NestInterceptor = {
  intercept(context: ExecutionContext, next) {
    const handled = next.handle()
    if (context.getType() !== 'http') return handled
    const request = context.switchToHttp().getRequest<{ readonly raw?: object }>()
    return handled.pipe(tap({ error: (error: unknown) => noteError(request.raw ?? request, error) }))
  },
}
