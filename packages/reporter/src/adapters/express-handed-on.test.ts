/** Requests that a route left to others. */

import express5, { type Express, type RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { express4 } from '../../test/adapter-targets/express.ts'
import { askingExpress } from '../../test/asking-express.ts'

const handOn: RequestHandler = (_request, _response, next) => next()
const answer: RequestHandler = (_request, response) => void response.send('x')

describe.each([
  ['4', express4],
  ['5', express5],
])('a request to Express %s that a route handed on', (version, express) => {
  const { ask, routes, reporter } = askingExpress(express)

  const everything = version === '4' ? '*' : '/{*rest}'

  it('has no route where none answered: a 404, a file, another middleware', async () => {
    const configure = (app: Express): void => {
      app.all(everything, handOn)
      app.get('/orders/:id', handOn)
      app.use('/files', answer)
      app.use('/missing', (_request, response) => void response.status(404).send('no'))
    }
    const paths = ['/', '/orders/7', '/files/a', '/missing/a', '/else']
    expect(await ask(configure, ...paths)).toMatchObject([
      { route: undefined, statusCode: 404 },
      { route: undefined, statusCode: 404 },
      { route: undefined, statusCode: 200 },
      { route: undefined, statusCode: 404 },
      { route: undefined, statusCode: 404 },
    ])
  })

  it('has the route that answered after it, or none where that one is left too', async () => {
    const skipRoute: RequestHandler = (_request, _response, next) => next('route')
    const skipRouter: RequestHandler = (_request, _response, next) => next('router')
    const configure = (app: Express): void => {
      app.all(everything, handOn)
      app.get('/orders/:id', skipRoute, answer)
      app.get('/orders/7', async (_request, response) => {
        await new Promise(setImmediate)
        response.send('x')
      })
      app.use('/shops/:shop', express.Router().get('/:id', skipRouter).get('/:id', answer))
    }
    expect(await routes(configure, '/orders/7', '/orders/8', '/shops/5/6')).toEqual(['/orders/7', undefined, undefined])
  })

  it('has the route that failed, whatever the status, and the one that answered before it called others', async () => {
    const configure = (app: Express): void => {
      app.all(everything, handOn)
      app.get('/orders/:id', (_request, _response, next) =>
        next(Object.assign(new Error('no such order'), { status: 404 })),
      )
      app.get('/logged', (_request, response, next) => {
        response.send('x')
        next()
      })
      app.use('/logged', () => undefined)
    }
    expect(await routes(configure, '/orders/7', '/logged')).toEqual(['/orders/:id', '/logged'])
  })

  it('has the same route below a second mount, where that answers', async () => {
    let calls = 0
    const router = express.Router().get('/:id', (request, response, next) => {
      if (++calls === 1) next()
      else response.send(request.url)
    })
    expect(await routes(app => void app.use('/x', router).use('/x', router), '/x/7')).toEqual(['/x/:id'])
  })

  it('has no route either in a mounted application, and in one that came late from its second request on', async () => {
    const configure = (app: Express): void => {
      app.use('/s', express().all(everything, handOn))
      app.use('/late', (request, _response, next) => {
        if (request.path === '/1') app.get('/late/:id', handOn)
        next()
      })
    }
    expect(await routes(configure, '/s/a', '/late/1', '/late/2')).toEqual([undefined, '/late/:id', undefined])
  })

  it('has no route either beside an application of another framework, which has a stack of its own', async () => {
    const configure = (app: Express): void => {
      app.use(Object.assign(handOn.bind(undefined), { stack: [{ route: '', handle: handOn }] }))
      app.use(Object.assign(handOn.bind(undefined), { stack: 'a text' }))
      app.all(everything, handOn)
    }
    expect(await routes(configure, '/a')).toEqual([undefined])
    expect(reporter().hookErrors).toEqual([])
  })
})
