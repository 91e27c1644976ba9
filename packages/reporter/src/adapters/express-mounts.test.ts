/** Routers and applications that are used at several places, of which one begins the other. */

import express5, { type Express, type RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { express4 } from '../../test/adapter-targets/express.ts'
import { askingExpress } from '../../test/asking-express.ts'

const answerOrFail: RequestHandler = (request, response, next) =>
  request.query['fail'] === undefined ? response.send('x') : next(new RangeError('asked for'))

describe.each([
  ['4', express4],
  ['5', express5],
])('a router of Express %s that is used at several places', (_, express) => {
  const { ask, routes } = askingExpress(express)

  const users = () => express.Router().get('/users/:id', answerOrFail)

  it.each([
    [['/', '/v1'], { '/users/1': '/users/:id', '/v1/users/1': '/v1/users/:id' }],
    [['/api', '/api/v1'], { '/api/users/1': '/api/users/:id', '/api/v1/users/1': '/api/v1/users/:id' }],
    [['/:lang', '/:lang/:region'], { '/en/users/1': '/:lang/users/:id', '/en/us/users/1': '/:lang/:region/users/:id' }],
  ])('is named by the one that was asked, at %j', async (mounts, named) => {
    const configure = (app: Express): void => {
      const router = users()
      for (const mount of mounts) app.use(mount, router)
    }
    const paths = Object.keys(named).flatMap(path => [path, `${path}?fail`])
    expect(await routes(configure, ...paths)).toEqual(Object.values(named).flatMap(route => [route, route]))
  })

  it('is named by the one that Express shows where its route would match below both', async () => {
    const everything = express === express4 ? '*' : '/*rest'
    const configure = (app: Express): void => {
      const router = express.Router().get(everything, (request, response, next) => {
        if (request.baseUrl === '/a') next('router')
        else response.send('x')
      })
      app.use('/a', router)
      app.use('/a/b', router)
    }
    const joined = express === express4 ? '/a/b*' : '/a/b/*rest'
    expect(await routes(configure, '/a/b/c')).toEqual([joined])
  })

  it('keeps its name whoever answers after it, at another path', async () => {
    const configure = (app: Express): void => {
      app.get('/api/users/:id', answerOrFail)
      const answerAll: import('express').ErrorRequestHandler = (_error, _request, response, _next) =>
        void response.status(500).send('failed')
      app.use('/api', answerAll)
    }
    expect(await ask(configure, '/api/users/1?fail')).toMatchObject([{ route: '/api/users/:id', statusCode: 500 }])
  })

  it('is named by its mount where the application changes the path on the way to it', async () => {
    const configure = (app: Express): void => {
      const rewrite: RequestHandler = (request, _response, next) => {
        request.url = request.url.replace(/^\/old/, '')
        next()
      }
      const router = express.Router().use(rewrite).get('/users/:id', answerOrFail)
      app.use('/api', router)
      app.use('/api/:version', router)
    }
    const paths = ['/api/old/users/1', '/api/2/old/users/1']
    expect(await routes(configure, ...paths)).toEqual(['/api/users/:id', '/api/:version/users/:id'])
  })

  it('is named by its mount where the application takes a part of the path away before all mounts', async () => {
    const configure = (app: Express): void => {
      app.use((request, _response, next) => {
        request.url = request.url.replace(/^\/gateway/, '')
        next()
      })
      const router = users()
      app.use('/v1', router)
      app.use('/:tenant/v1', router)
    }
    const paths = ['/gateway/v1/users/1', '/gateway/acme/v1/users/1?fail']
    expect(await routes(configure, ...paths)).toEqual(['/v1/users/:id', '/:tenant/v1/users/:id'])
  })

  it('is named by the template of a function that calls it, not by its own mount', async () => {
    const configure = (app: Express): void => {
      const router = users()
      app.use('/', router)
      app.use('/tenants/:tenant', (request, response, next) => router(request, response, next))
    }
    const paths = ['/users/1', '/tenants/5/users/1']
    expect(await routes(configure, ...paths)).toEqual(['/users/:id', '/tenants/:tenant/users/:id'])
  })

  it('is named by the template of a function that calls its application', async () => {
    const configure = (app: Express): void => {
      const shop = express()
      shop.get('/health', answerOrFail)
      shop.use('/orders/:order', express.Router().get('/items/:item', answerOrFail))
      for (const mount of ['/p/:shop', '/q']) {
        app.use(mount, (request, response, next) => shop(request, response, next))
      }
      app.use((request, response, next) => shop(request, response, next))
    }
    const named = {
      '/p/1/health': '/p/:shop/health',
      '/p/1/orders/2/items/3': '/p/:shop/orders/:order/items/:item',
      '/q/orders/2/items/3': '/q/orders/:order/items/:item',
      '/health': '/health',
      '/orders/2/items/3': '/orders/:order/items/:item',
    }
    const paths = Object.keys(named).flatMap(path => [path, `${path}?fail`])
    expect(await routes(configure, ...paths)).toEqual(Object.values(named).flatMap(route => [route, route]))
  })

  it('keeps its name after any number of paths that cannot be decoded', async () => {
    const configure = (app: Express): void => {
      app.use((request, _response, next) => {
        request.url = request.url.replace('%zz', 'zz')
        next()
      })
      app.use('/tenants/:tenant', users())
    }
    const undecodable = new Array<string>(25).fill('/tenants/%zz/users/1')
    const paths = [...undecodable, '/tenants/5/users/1']
    expect(await routes(configure, ...paths)).toEqual(paths.map(() => '/tenants/:tenant/users/:id'))
  })
})
