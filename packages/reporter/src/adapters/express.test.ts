/** What is Express' own; what all adapters have in common is in adapters.slow.test.ts. */

import { fileURLToPath } from 'node:url'
import compression from 'compression'
import express5, { type Express, type RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { express4 } from '../../test/adapter-targets/express.ts'
import { askingExpress } from '../../test/asking-express.ts'

const answer: RequestHandler = (_request, response) => void response.send('x')
const fail: RequestHandler = (_request, _response, next) => next(new RangeError('always'))

describe.each([
  ['4', express4],
  ['5', express5],
])('the middleware of Express %s', (version, express) => {
  const { ask, routes, reporter, address } = askingExpress(express)

  it('names a mount as it was written, however it is asked for', async () => {
    const router = express.Router().get('/x', answer)
    const configure = (app: Express): void => {
      app.use('/shops/:shop', router)
      app.use('/files.d/all-of-them', router)
      app.use(/^\/t\/\d+/, router)
    }
    expect(await routes(configure, '/SHOPS/5/x', '/shops/shops/x', '/Files.D/ALL-of-them/x', '/t/5/x')).toEqual([
      '/shops/:shop/x',
      '/shops/:shop/x',
      '/files.d/all-of-them/x',
      '/^\\/t\\/\\d+//x',
    ])
  })

  it('names a route by its template and those of all routers around it', async () => {
    const configure = (app: Express): void => {
      const orders = express.Router().get('/', answer).get('/:id', answer)
      const shop = express.Router().use('/orders', orders).get('/', answer)
      app.use('/shops/:shop', shop)
      app.use('/all', orders)
    }
    const paths = ['/shops/5', '/shops/5/orders', '/shops/5/orders/7?x=1', '/shops/b%20c/orders/7', '/all/7']
    expect(await routes(configure, ...paths)).toEqual([
      '/shops/:shop',
      '/shops/:shop/orders',
      '/shops/:shop/orders/:id',
      '/shops/:shop/orders/:id',
      '/all/:id',
    ])
  })

  it('names a route of a mounted application by the template of its mount', async () => {
    const configure = (app: Express): void => {
      const inner = express().get('/items/:item', answer)
      const outer = express()
      outer.use('/inner', inner)
      app.use('/tenants/:tenant', outer)
    }
    expect(await routes(configure, '/tenants/5/inner/items/tea')).toEqual(['/tenants/:tenant/inner/items/:item'])
  })

  it('still knows where a router is mounted when its handler passed an error on', async () => {
    const configure = (app: Express): void => {
      app.use('/shops/:shop', express.Router().get(version === '4' ? '/*' : '/*rest', fail))
    }
    expect(await ask(configure, '/shops/5/a/b')).toMatchObject([
      { route: version === '4' ? '/shops/:shop/*' : '/shops/:shop/*rest', statusCode: 500, errorName: 'RangeError' },
    ])
  })

  it('prints several paths and patterns', async () => {
    const configure = (app: Express): void => {
      app.get(['/a', '/b'], answer)
      app.get(/^\/x\d+$/, answer)
    }
    expect(await routes(configure, '/b', '/x12')).toEqual(['/a|/b', '/^\\/x\\d+$/'])
  })

  it('names no route where none was declared: middleware that answers, a path that cannot be decoded', async () => {
    const configure = (app: Express): void => {
      app.use('/middleware', answer)
      app.get('/orders/:id', answer)
    }
    expect(await ask(configure, '/middleware/a', '/orders/%zz')).toMatchObject([
      { route: undefined, statusCode: 200 },
      { route: undefined, path: '/orders/%zz' },
    ])
  })

  it('leaves a compressed reply and a range of a file as they are, and counts what was on the wire', async () => {
    const configure = (app: Express): void => {
      app.use(compression({ threshold: 0 }))
      app.get('/compressed', (_request, response) => void response.type('text').send('x'.repeat(5000)))
      app.get('/file', (_request, response) => response.sendFile(fileURLToPath(import.meta.url)))
    }
    const records = await ask(configure, '/compressed', '/file')
    expect(records[0]).toMatchObject({ route: '/compressed', statusCode: 200, outcome: 'ok' })
    expect(records[0]?.responseBytes).toBeLessThan(1000)
    const range = await fetch(`${address()}/file`, { headers: { range: 'bytes=0-3' } })
    expect([range.status, await range.text()]).toEqual([206, '/** '])
    expect((await reporter().collected(3))[2]).toMatchObject({ route: '/file', statusCode: 206, outcome: 'ok' })
  })

  describe('where a function of the application calls a router itself', () => {
    const hide =
      (router: RequestHandler): RequestHandler =>
      (request, response, next) =>
        router(request, response, next)

    it('names its route by the template that the function is mounted at, also after an error', async () => {
      const configure = (app: Express): void => {
        app.use('/shops/:shop', hide(express.Router().get('/:id', answer).get('/fails/:id', fail)))
        app.use('/tenants/:tenant', express.Router().use('/a/:b', hide(express.Router().get('/', answer))))
      }
      const paths = ['/shops/5/7', '/shops/b%20c/8', '/shops/6/fails/1', '/tenants/5/a/6']
      expect(await routes(configure, ...paths)).toEqual([
        '/shops/:shop/:id',
        '/shops/:shop/:id',
        '/shops/:shop/fails/:id',
        '/tenants/:tenant/a/:b',
      ])
    })

    it('names it so in an application that is mounted at several paths', async () => {
      const configure = (app: Express): void => {
        app.use(['/shops/:shop', '/s/:shop'], express().use('/orders', hide(express.Router().get('/:id', answer))))
      }
      const paths = ['/shops/5/orders/7', '/s/6/orders/8']
      expect(await routes(configure, ...paths)).toEqual(['/shops/:shop/orders/:id', '/s/:shop/orders/:id'])
    })

    it('is not led by what is used below every path', async () => {
      const configure = (app: Express): void => {
        const pass: RequestHandler = (_request, _response, next) => next()
        app.use(/.*/, pass)
        app.use(version === '4' ? '*' : '/*all', pass)
        app.use('/shops/:shop', hide(express.Router().get('/:id', answer)))
      }
      expect(await routes(configure, '/shops/5/7', '/shops/6/7')).toEqual(['/shops/:shop/:id', '/shops/:shop/:id'])
    })

    it('tells by its merged parameters how a router below it is mounted', async () => {
      const configure = (app: Express): void => {
        const orders = express.Router({ mergeParams: true }).get('/:id', answer)
        app.use('/shops', hide(express.Router().use('/:shop/orders', orders)))
      }
      expect(await routes(configure, '/shops/5/orders/5')).toEqual(['/shops/:shop/orders/:id'])
    })

    it('keeps the path of few routers below it, and says * once there are many', async () => {
      const configure = (app: Express): void => {
        const api = express.Router()
        api.use('/v1', express.Router().get('/:id', answer))
        api.use('/:tenant', express.Router().get('/orders/:id', answer))
        app.use('/api', hide(api))
      }
      const tenants = Array.from({ length: 30 }, (_, i) => `/api/tenant-${i}/orders/7`)
      const named = await routes(configure, '/api/v1/7', ...tenants, '/api/v1/8')
      expect([named[0], named.at(-1)]).toEqual(['/api/v1/:id', '/api/v1/:id'])
      expect(named[1]).toBe('/api/tenant-0/orders/:id')
      expect(named.at(-2)).toBe('/api/*/orders/:id')
      expect(new Set(named).size).toBeLessThanOrEqual(10)
    })
  })
})
