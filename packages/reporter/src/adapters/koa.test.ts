/** What is Koa's own; what all adapters have in common is in adapters.slow.test.ts. */

import { createServer } from 'node:http'
import Router from '@koa/router'
import Koa3 from 'koa'
import mount from 'koa-mount'
import { beforeEach, describe, expect, it } from 'vitest'
import { Koa2 } from '../../test/adapter-targets/koa.ts'
import { listen } from '../../test/capture-server.ts'
import { type CollectingReporter, collectingReporter } from '../../test/collecting-reporter.ts'
import { loadReporterOptions } from '../options.ts'
import { pumphouse } from './koa.ts'

let reporter: CollectingReporter

beforeEach(() => {
  reporter = collectingReporter()
})

describe.each([
  ['2', Koa2],
  ['3', Koa3],
])('the middleware of Koa %s', (_, Koa) => {
  /** Answers every route of the application by its path. */
  async function serve(configure: (app: Koa3) => void): Promise<string> {
    const app = new Koa()
    app.silent = true
    app.use(pumphouse({ reporter }))
    configure(app)
    return listen(createServer(app.callback()))
  }

  const answer: Koa3.Middleware = ctx => {
    ctx.body = 'x'
  }

  it('records the template of a route, whatever it is made of', async () => {
    const url = await serve(app => {
      const router = new Router({ prefix: '/v1' })
      const nested = new Router()
      nested.get('/:item', answer)
      router.get(['/a', '/b'], answer)
      router.get(/^\/v1\/x\d+$/, answer)
      router.use('/shops/:shop/items', nested.routes())
      app.use(router.routes())
    })
    const asked = { '/v1/b': '/v1/b', '/v1/shops/5/items/tea': '/v1/shops/:shop/items/:item' }
    for (const path of Object.keys(asked)) await fetch(url + path)
    const records = await reporter.collected(2)
    expect(records.map(({ route }) => route)).toEqual(Object.values(asked))
  })

  it('records a RegExp as it is written', async () => {
    const url = await serve(app => {
      app.use(new Router().get(/^\/x\d+$/, answer).routes())
    })
    await fetch(`${url}/x12`)
    expect(await reporter.collected(1)).toMatchObject([{ path: '/x12', route: '/^\\/x\\d+$/', statusCode: 200 }])
  })

  it('records the path that an application is mounted at before its template', async () => {
    const url = await serve(app => {
      const inner = new Koa()
      inner.use(new Router().get('/items/:item', answer).routes())
      app.use(mount('/shop', inner))
    })
    await fetch(`${url}/shop/items/tea`)
    expect(await reporter.collected(1)).toMatchObject([{ path: '/shop/items/tea', route: '/shop/items/:item' }])
  })

  it('records the path that was asked for in an application that is mounted, wherever it is recorded from', async () => {
    const capturing = collectingReporter({
      capture: loadReporterOptions({ service: 's', capture: { query: true, paths: ['/shop/*'] } }).requests.capture,
    })
    reporter = capturing
    const url = await serve(app => {
      app.middleware.length = 0
      const inner = new Koa()
      inner.use(pumphouse({ reporter: capturing }))
      inner.use(new Router().get('/items/:item', answer).routes())
      app.use(mount('/shop', inner))
    })
    await fetch(`${url}/shop/items/tea?size=2`)
    expect(await reporter.collected(1)).toMatchObject([
      { path: '/shop/items/tea', route: '/shop/items/:item', query: 'size=2' },
    ])
  })

  describe("below a path that is not its router's own", () => {
    const TENANTS = 12

    /** Takes the first two parts of the path away, as middleware that finds out a tenant. */
    const takeTenant: Koa3.Middleware = async (ctx, next) => {
      ctx.path = ctx.path.replace(/^\/t\/[^/]+/, '')
      await next()
    }

    async function routesOf(url: string, paths: readonly string[]): Promise<unknown[]> {
      for (const path of paths) await fetch(url + path)
      return (await reporter.collected(paths.length)).map(({ route }) => route)
    }

    function tenants(path: string): string[] {
      return Array.from({ length: TENANTS }, (_, tenant) => `/t/tenant${tenant}${path}`)
    }

    it('is named by its template alone where the application rewrites the path', async () => {
      const url = await serve(app => {
        app.use(takeTenant).use(new Router().get('/items/:item', answer).routes())
      })
      expect(new Set(await routesOf(url, tenants('/items/5')))).toEqual(new Set(['/items/:item']))
    })

    it('is named by the paths of all mounts around it', async () => {
      const url = await serve(app => {
        const inner = new Router().get('/', answer).get('/:item', answer)
        app.use(mount('/v2', mount('/shop', inner.routes() as Koa3.Middleware)))
        app.use(new Router().get('/v2/:other/:item', answer).routes())
      })
      const asked = { '/v2/shop': '/v2/shop', '/v2/shop/5': '/v2/shop/:item', '/v2/bar/5': '/v2/:other/:item' }
      expect(await routesOf(url, Object.keys(asked))).toEqual(Object.values(asked))
    })

    it('is named by few tenants that were rewritten around a mount, then by * for any', async () => {
      const url = await serve(app => {
        const inner = new Koa()
        inner.use(new Router().get('/items/:item', answer).routes())
        app.use(takeTenant).use(mount('/shop', inner))
      })
      const routes = await routesOf(url, tenants('/shop/items/5'))
      expect(routes[0]).toBe('/t/tenant0/shop/items/:item')
      expect(routes.at(-1)).toBe('/*/shop/items/:item')
      expect(new Set(routes).size).toBeLessThan(TENANTS)
    })

    it('is named by few tenants that were rewritten within a mount, then by * for any', async () => {
      const url = await serve(app => {
        const inner = new Koa()
        inner.use(takeTenant).use(new Router().get('/items/:item', answer).routes())
        app.use(mount('/shop', inner))
      })
      const routes = await routesOf(
        url,
        tenants('/items/5').map(path => `/shop${path}`),
      )
      expect(routes.at(-1)).toBe('/shop/*/items/:item')
      expect(new Set(routes).size).toBeLessThan(TENANTS)
    })

    it('is named by its mount however many routers have the same template', async () => {
      const mounts = Array.from({ length: TENANTS }, (_, n) => `/mount${n}`)
      const url = await serve(app => {
        for (const path of mounts) {
          const router = new Router().get('/:item', answer)
          app.use(mount('/v1', mount(path, router.routes() as Koa3.Middleware)))
        }
      })
      const routes = await routesOf(
        url,
        mounts.map(path => `/v1${path}/5`),
      )
      expect(routes).toEqual(mounts.map(path => `/v1${path}/:item`))
    })
  })

  it('records no route where a router has the path and not the method, and where middleware answers', async () => {
    const url = await serve(app => {
      const router = new Router().get('/orders', answer)
      app.use(router.routes()).use(router.allowedMethods())
      app.use(ctx => {
        if (ctx.path === '/nowhere') ctx.body = 'caught'
      })
    })
    await fetch(`${url}/orders`, { method: 'POST' })
    await fetch(`${url}/nowhere`)
    expect(await reporter.collected(2)).toMatchObject([
      { route: undefined, statusCode: 405 },
      { route: undefined, statusCode: 200 },
    ])
  })

  describe('where a route hands the request on', () => {
    const handOn: Koa3.Middleware = (_ctx, next) => next()

    async function records(url: string, ...paths: readonly string[]) {
      for (const path of paths) await (await fetch(url + path)).text()
      return reporter.collected(paths.length)
    }

    it('records no route when nobody answers', async () => {
      const url = await serve(app => {
        const nested = new Router().get('/orders/:id', answer).all('/{*rest}', handOn)
        app.use(new Router().use('/shops/:shop', nested.routes()).get('/left', handOn).routes())
      })
      expect(await records(url, '/shops/5/none', '/left', '/shops/5/orders/7')).toMatchObject([
        { route: undefined, statusCode: 404 },
        { route: undefined, statusCode: 404 },
        { route: '/shops/:shop/orders/:id', statusCode: 200 },
      ])
    })

    it('records none either, from the second request on, in a router that the application does not show', async () => {
      const url = await serve(app => {
        app.use(mount('/shop', new Router().all('/{*rest}', handOn).routes() as Koa3.Middleware))
      })
      expect(await records(url, '/shop/a', '/shop/b')).toMatchObject([
        { route: '/{*rest}', statusCode: 404 },
        { route: undefined, statusCode: 404 },
      ])
    })

    it('records the one that answers: after it, with a 404, with an error, or with nothing', async () => {
      const url = await serve(app => {
        const router = new Router().all('/{*rest}', handOn)
        router.get('/found/:id', answer).get('/nothing/:id', () => undefined)
        router.get('/missing/:id', ctx => {
          ctx.status = 404
          ctx.body = 'no'
        })
        router.get('/refused/:id', async (ctx, next) => {
          ctx.status = 404
          await next()
        })
        router.get('/thrown/:id', async (ctx, next) => {
          await next()
          ctx.throw(404)
        })
        app.use(router.routes())
      })
      const paths = ['/found/1', '/nothing/1', '/missing/1', '/refused/1', '/thrown/1']
      expect((await records(url, ...paths)).map(({ route, statusCode }) => [route, statusCode])).toEqual([
        ['/found/:id', 200],
        ['/nothing/:id', 404],
        ['/missing/:id', 404],
        ['/refused/:id', 404],
        ['/thrown/:id', 404],
      ])
    })
  })

  it('records what an application threw on purpose with its status and its name', async () => {
    const url = await serve(app => {
      app.use(ctx => ctx.throw(409, 'taken'))
    })
    await fetch(url)
    expect(await reporter.collected(1)).toMatchObject([{ statusCode: 409, outcome: 'ok', errorName: 'ConflictError' }])
  })

  it('records the name of an error that middleware catches, from the inside of it', async () => {
    const url = await serve(app => {
      app.use(async (ctx, next) => {
        try {
          await next()
        } catch {
          ctx.status = 503
        }
      })
      app.use(pumphouse.errors())
      app.use(() => {
        throw new RangeError('always')
      })
    })
    await fetch(url)
    expect(await reporter.collected(1)).toMatchObject([{ statusCode: 503, outcome: 'error', errorName: 'RangeError' }])
  })
})

it('has its reporter, and does not close one that it did not make', async () => {
  const middleware = pumphouse({ reporter })
  expect(middleware.reporter).toBe(reporter)
  expect(reporter.closed()).toBe(false)
})
