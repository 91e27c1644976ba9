/** Routes of applications that are mounted in others, also once they failed. */

import express5, { type Express, type RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { express4 } from '../../test/adapter-targets/express.ts'
import { askingExpress } from '../../test/asking-express.ts'
import { layersOf, type RoutedApplication } from './express-layers.ts'

const answerOrFail: RequestHandler = (request, response, next) =>
  request.query['fail'] === undefined ? response.send('x') : next(new RangeError('asked for'))

describe.each([
  ['4', express4],
  ['5', express5],
])('a mounted application of Express %s', (_, express) => {
  const { ask, routes } = askingExpress(express)

  function shops(): Express {
    const orders = express.Router().get('/:id', answerOrFail)
    return express().use('/shops/:shop/orders', orders).get('/health', answerOrFail)
  }

  it.each([
    ['fails', '?fail', ''],
    ['answers', '', '?fail'],
  ])('names a route alike where it answers and where it fails, when it %s first', async (_case, first, second) => {
    const configure = (app: Express): void => {
      const inner = express().use('/inner/:inner', shops())
      app.use('/s', shops())
      app.use('/t/:tenant', inner)
    }
    const shop = '/s/shops/cust0/orders/7'
    const nested = '/t/5/inner/6/shops/cust0/orders/7'
    const paths = [shop + first, shop + second, nested + first, nested + second, `/s/health${first}`]
    expect(await routes(configure, ...paths)).toEqual([
      '/s/shops/:shop/orders/:id',
      '/s/shops/:shop/orders/:id',
      '/t/:tenant/inner/:inner/shops/:shop/orders/:id',
      '/t/:tenant/inner/:inner/shops/:shop/orders/:id',
      '/s/health',
    ])
  })

  it('names it so where a router of it is mounted at a pattern, and where it is itself at several paths', async () => {
    const configure = (app: Express): void => {
      app.use('/p', express().use(/^\/x\d+/, express.Router().get('/:id', answerOrFail)))
      app.use(['/a/:tenant', '/b'], shops())
    }
    const paths = ['/p/x1/7?fail', '/p/x1/7', '/a/5/shops/6/orders/7?fail', '/b/shops/6/orders/7']
    expect(await routes(configure, ...paths)).toEqual([
      '/p/^\\/x\\d+//:id',
      '/p/^\\/x\\d+//:id',
      '/a/:tenant/shops/:shop/orders/:id',
      '/b/shops/:shop/orders/:id',
    ])
  })

  it('names it so in one that is mounted while requests are served, once a request has come to it', async () => {
    let mounted = false
    const configure = (app: Express): void => {
      app.use((_request, _response, next) => {
        if (!mounted) app.use('/s', shops()).use(answerLate)
        mounted = true
        next()
      })
      const answerLate: import('express').ErrorRequestHandler = (_error, _request, response, _next) =>
        void response.status(500).send('failed')
    }
    const path = '/s/shops/cust0/orders/7?fail'
    expect(await routes(configure, path, path, path)).toEqual([
      '/s/*/:id',
      '/s/shops/:shop/orders/:id',
      '/s/shops/:shop/orders/:id',
    ])
  })

  it('leaves the request and the response as they are', async () => {
    const seen: unknown[] = []
    const configure = (app: Express): void => {
      const inner = express().get('/x', (request, response) => {
        seen.push(
          typeof request.next,
          Object.getOwnPropertyDescriptor(request, 'next')?.writable,
          Object.getOwnPropertyDescriptor(response, 'locals')?.writable,
          Object.keys(response.locals),
          request.app === inner,
        )
        response.send('x')
      })
      app.use('/s', inner)
    }
    await ask(configure, '/s/x')
    expect(seen).toEqual(['function', true, true, [], true])
  })

  it('leaves locals alone that the application made an accessor', async () => {
    let asked = 0
    const seen: unknown[] = []
    const configure = (app: Express): void => {
      app.use((_request, response, next) => {
        const counting = { configurable: true, get: () => ({ asked: ++asked }), set: () => undefined }
        Object.defineProperty(response, 'locals', counting)
        next()
      })
      const inner = express().get('/x', (_request, response) => {
        const before = asked
        seen.push(typeof Object.getOwnPropertyDescriptor(response, 'locals')?.get, response.locals['asked'] - before)
        response.send('x')
      })
      app.use('/s', inner)
    }
    expect(await routes(configure, '/s/x', '/s/x')).toEqual(['/s/x', '/s/x'])
    expect(seen).toEqual(['function', 1, 'function', 1])
  })

  it('leaves the names of what layers call as they are', async () => {
    const names = (app: Express) =>
      layersOf(app as unknown as RoutedApplication).map(({ handle }) => [handle?.name, handle?.length])
    let before: unknown[] = []
    let after: unknown[] = []
    const configure = (app: Express): void => {
      app.use('/s', express().get('/x', answerOrFail))
      app.get('/y', (_request, response) => {
        after = names(app).slice(0, before.length)
        response.send('x')
      })
      before = names(app)
    }
    await ask(configure, '/y')
    expect(after).toEqual(before)
  })
})
