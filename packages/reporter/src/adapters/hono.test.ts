/** What is Hono's own, mostly without a server: the web's Request and Response. What all adapters have in common is in adapters.slow.test.ts. */

import type { AddressInfo } from 'node:net'
import { type ServerType, serve as startServer } from '@hono/node-server'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { stream } from 'hono/streaming'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CollectingReporter, collectingReporter } from '../../test/collecting-reporter.ts'
import { pumphouse } from './hono.ts'

let reporter: CollectingReporter
let app: Hono

beforeEach(() => {
  reporter = collectingReporter()
  app = new Hono()
  app.use(pumphouse({ reporter }))
})

/** Asks and reads the answer to its end. */
async function ask(path: string, init?: RequestInit): Promise<{ status: number; text: string }> {
  const response = await app.request(path, init)
  return { status: response.status, text: await response.text() }
}

describe('what cannot be looked at', () => {
  it('is answered all the same: a body that somebody reads, a request without headers', async () => {
    app.get('/locked', c => {
      const response = new Response('x')
      c.set('reader' as never, response.body?.getReader() as never)
      return response
    })
    app.get('/broken', c => {
      Object.defineProperty(c.req.raw, 'headers', {
        get() {
          throw new Error('changed')
        },
      })
      return new Response('x')
    })
    expect((await app.request('/locked')).status).toBe(200)
    expect(await ask('/broken')).toEqual({ status: 200, text: 'x' })
    expect(await reporter.collected(1)).toMatchObject([{ path: '/locked', statusCode: 200 }])
    expect(reporter.hookErrors).toEqual(['observe'])
  })
})

describe('the route of a Hono request', () => {
  async function routes(...paths: readonly string[]): Promise<unknown[]> {
    for (const path of paths) await ask(path)
    return (await reporter.collected(paths.length)).map(({ route }) => route)
  }

  it('is the template of its handler, with the paths of the applications around it', async () => {
    const inner = new Hono().get('/:item{[a-z]+}', c => c.text('x'))
    inner.onError((_error, c) => c.text('failed', 500))
    app.route('/shops/:shop', inner)
    app.basePath('/v1').get('/orders/:id?', c => c.text('x'))
    app.on(['GET', 'PURGE'], ['/a', '/b'], c => c.text('x'))
    expect(await routes('/shops/5/tea', '/v1/orders', '/b')).toEqual([
      '/shops/:shop/:item{[a-z]+}',
      '/v1/orders/:id?',
      '/b',
    ])
  })

  it('is that of the handler when middleware answers for it', async () => {
    app.get('/secret/:id', async (c, _next) => c.text('no', 401))
    app.use('/private/*', async c => c.text('no', 401))
    app.get('/private/:id', c => c.text('x'))
    expect(await routes('/secret/1', '/private/1')).toEqual(['/secret/:id', '/private/:id'])
  })

  it('is the pattern of what answers below a path: an application of another kind, files', async () => {
    app.mount('/legacy', () => new Response('x'))
    app.use('/static/*', async c => c.text('x'))
    expect(await routes('/legacy/a', '/static/b')).toEqual(['/legacy/*', '/static/*'])
  })

  it('is absent when nothing but middleware matched', async () => {
    app.use('/api/*', async (_c, next) => next())
    app.notFound(c => c.text('nothing', 404))
    app.post('/orders', c => c.text('x'))
    expect(await routes('/nowhere', '/api/nowhere', '/orders')).toEqual([undefined, undefined, undefined])
  })
})

describe('on a server of Node', () => {
  let server: ServerType | undefined
  afterEach(() => server?.close())

  async function serve(fetch: Hono['fetch']): Promise<string> {
    const address = await new Promise<AddressInfo>(resolve => {
      server = startServer({ fetch, port: 0, hostname: '127.0.0.1' }, resolve)
    })
    return `http://127.0.0.1:${address.port}`
  }

  it('the route has the path before it that the application is mounted at in another one', async () => {
    const inner = new Hono().use(pumphouse({ reporter })).get('/items/:item', c => c.text('x'))
    const url = await serve(new Hono().mount('/shop', inner.fetch).fetch)
    await fetch(`${url}/shop/items/tea`)
    expect(await reporter.collected(1)).toMatchObject([{ path: '/shop/items/tea', route: '/shop/items/:item' }])
  })

  it('a reply that middleware compresses is the same, and has the size that it has on the wire', async () => {
    app.use(compress())
    app.get('/', c => c.text('x'.repeat(5000)))
    const response = await fetch(await serve(app.fetch))
    expect([response.headers.get('content-encoding'), await response.text()]).toEqual(['gzip', 'x'.repeat(5000)])
    const [record] = await reporter.collected(1)
    expect(record).toMatchObject({ outcome: 'ok', route: '/' })
    expect(record?.responseBytes).toBeLessThan(1000)
  })
})

describe('a request without a server of Node', () => {
  it('is recorded with what the web says of it, when the body has been read', async () => {
    app.get('/orders/:id', c => c.text('hello'))
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const response = await app.request('http://api.test/orders/7?x=1', { headers: { traceparent, 'user-agent': 't' } })
    expect(reporter.records).toHaveLength(0)
    expect(await response.text()).toBe('hello')
    const [record] = await reporter.collected(1)
    expect(record).toMatchObject({
      method: 'GET',
      host: 'api.test',
      path: '/orders/7',
      route: '/orders/:id',
      statusCode: 200,
      outcome: 'ok',
      userAgent: 't',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    })
    expect(record?.durationMs).toBeGreaterThanOrEqual(record?.ttfbMs ?? Number.NaN)
  })

  it('has the lengths that were declared, and the ids of the active span, whose parent is the caller', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
    const traceparent = `00-${traceId}-00f067aa0ba902b7-01`
    const headers = { traceparent, 'content-length': '3' }
    app.post('/', () => new Response('hello', { headers: { 'content-length': '5' } }))
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    const span = trace.wrapSpanContext({ traceId, spanId: 'b7ad6b7169203331', traceFlags: 1 })
    try {
      const asking = (): Promise<unknown> => ask('/', { method: 'POST', body: 'abc', headers })
      await context.with(trace.setSpan(context.active(), span), asking)
    } finally {
      context.disable()
    }
    expect(await reporter.collected(1)).toMatchObject([
      {
        ...{ requestContentLength: 3, responseContentLength: 5 },
        ...{ traceId, spanId: 'b7ad6b7169203331', parentSpanId: '00f067aa0ba902b7' },
      },
    ])
  })

  it('keeps the headers, the status and the chunks of its response', async () => {
    app.get('/', c => {
      c.header('x-a', 'b')
      c.status(201)
      return stream(c, async body => {
        await body.write('one')
        await body.write('two')
      })
    })
    const response = await app.request('/')
    expect([response.status, response.headers.get('x-a'), await response.text()]).toEqual([201, 'b', 'onetwo'])
  })

  it.each(['HEAD', 'GET'])('has a record at once when there is no body to read (%s)', async method => {
    app.get('/', c => (method === 'HEAD' ? c.text('x') : c.body(null, 204)))
    await app.request('/', { method })
    expect(reporter.records).toMatchObject([{ method, statusCode: method === 'HEAD' ? 200 : 204, outcome: 'ok' }])
  })

  it('is an error with its name when a handler throws', async () => {
    app.onError((_error, c) => c.text('failed', 500))
    app.get('/', () => {
      throw new RangeError('always')
    })
    expect(await ask('/')).toEqual({ status: 500, text: 'failed' })
    expect(reporter.records).toMatchObject([{ statusCode: 500, outcome: 'error', errorName: 'RangeError', route: '/' }])
  })

  it('is an error without a status when a handler throws what Hono does not catch', async () => {
    app.get('/', () => Promise.reject('no error'))
    await expect(app.request('/')).rejects.toBe('no error')
    expect(reporter.records).toMatchObject([{ statusCode: undefined, outcome: 'error', errorName: 'string' }])
  })

  it('is closed when the client leaves its stream, which the application hears of', async () => {
    let cancelled: unknown
    app.get('/', () => {
      const body = new ReadableStream({
        start: controller => controller.enqueue(new Uint8Array(1)),
        cancel(reason) {
          cancelled = reason
        },
      })
      return new Response(body)
    })
    const reader = (await app.request('/')).body?.getReader()
    await reader?.read()
    await reader?.cancel('enough')
    expect(cancelled).toBe('enough')
    expect(reporter.records).toMatchObject([{ statusCode: 200, outcome: 'stream_closed' }])
  })

  it('is closed when its stream fails, which the client hears of', async () => {
    app.get('/', () => {
      const body = new ReadableStream({ pull: controller => controller.error(new RangeError('broken')) })
      return new Response(body)
    })
    const response = await app.request('/')
    await expect(response.text()).rejects.toThrow('broken')
    expect(reporter.records).toMatchObject([{ outcome: 'stream_closed', errorName: 'RangeError' }])
  })

  it('reads no more of a stream than is asked for', async () => {
    let pulled = 0
    app.get('/', () => {
      const body = new ReadableStream(
        {
          pull(controller) {
            pulled += 1
            controller.enqueue(new Uint8Array(1))
          },
        },
        { highWaterMark: 0 },
      )
      return new Response(body)
    })
    const reader = (await app.request('/')).body?.getReader()
    await reader?.read()
    expect(pulled).toBe(1)
    await reader?.cancel()
  })

  it('is aborted, without a status, when the client left before the answer', async () => {
    const client = new AbortController()
    app.get('/', c => {
      client.abort()
      return c.text('too late')
    })
    await app.request('/', { signal: client.signal })
    expect(reporter.records).toMatchObject([{ outcome: 'aborted', statusCode: undefined, ttfbMs: undefined }])
  })

  it('makes one record, and warns once, when the middleware is there twice', async () => {
    app.use(pumphouse({ reporter }))
    app.get('/', c => c.text('x'))
    await ask('/')
    await ask('/')
    expect(reporter.records).toHaveLength(2)
    expect(reporter.warnings).toEqual(['PH_REPORTER_TWICE'])
  })

  it.each([
    ['two records', 'of its own', undefined, 2],
    ['one', 'that came', { replaceRequest: false as const }, 1],
  ])('makes %s where an application is mounted that has the middleware too, with the request %s', async (...given) => {
    const [, , options, records] = given
    const path = options === undefined ? '/items/:item' : '/shop/items/:item'
    const inner = new Hono().use(pumphouse({ reporter })).get(path, c => c.text('x'))
    app.mount('/shop', inner.fetch, options)
    await ask('/shop/items/tea')
    expect(reporter.records).toHaveLength(records)
    expect(reporter.warnings).toEqual(records === 1 ? ['PH_REPORTER_TWICE'] : [])
  })
})
