/** Routers that are used in themselves, or at more places than anybody counts. */

import express5, { type Express, type RequestHandler, type Router } from 'express'
import { describe, expect, it } from 'vitest'
import { express4 } from '../../test/adapter-targets/express.ts'
import { askingExpress } from '../../test/asking-express.ts'
import type { Layer } from './express-layers.ts'

const answerOrFail: RequestHandler = (request, response, next) =>
  request.query['fail'] === undefined ? response.send('x') : next(new RangeError('asked for'))

/** Counts how often the layers of the router are looked at. */
function countingLooks(router: Router): () => number {
  let looks = 0
  for (const layer of router.stack as unknown as Layer[]) {
    const { route } = layer
    Object.defineProperty(layer, 'route', {
      configurable: true,
      get() {
        looks++
        return route
      },
    })
  }
  return () => looks
}

describe.each([
  ['4', express4],
  ['5', express5],
])('the ways of Express %s', (_, express) => {
  const { routes } = askingExpress(express)

  /** `/tree`, with the same router below it as children, parent and sibling. */
  function tree(app: Express): Router {
    const router = express.Router().get('/', answerOrFail).get('/name', answerOrFail)
    for (const mount of ['/children/:id', '/parent', '/sibling']) router.use(mount, router)
    app.use('/tree', router)
    app.get('/plain', answerOrFail)
    return router
  }

  it('lead through a router that is used in itself', async () => {
    const deep = '/children/1/parent'.repeat(8)
    const named = {
      '/tree/name': '/tree/name',
      '/tree/children/1/name': '/tree/children/:id/name',
      '/tree/parent/children/1': '/tree/parent/children/:id',
      '/plain': '/plain',
      [`/tree${deep}/name`]: `/tree${'/children/:id/parent'.repeat(8)}/name`,
    }
    const paths = Object.keys(named).flatMap(path => [path, `${path}?fail`])
    expect(await routes(tree, ...paths)).toEqual(Object.values(named).flatMap(route => [route, route]))
  })

  it('are looked for in each layer a few times, in whatever it is used', async () => {
    let looks = (): number => 0
    const configure = (app: Express): void => {
      looks = countingLooks(tree(app))
    }
    await routes(configure, '/plain', '/tree/name', '/tree/children/1/name')
    expect(looks()).toBeLessThan(500)
  })

  it('are told by the path where there are too many of them', async () => {
    let looks = (): number => 0
    const configure = (app: Express): void => {
      const inmost = express.Router().get('/:id', answerOrFail)
      looks = countingLooks(inmost)
      let router = inmost
      for (let depth = 0; depth < 14; depth++) router = express.Router().use('/a', router).use('/:b', router)
      app.use('/r', router)
    }
    const path = `/r${'/a/x'.repeat(7)}/7`
    expect(await routes(configure, path)).toEqual([`/r${'/a/:b'.repeat(7)}/:id`])
    expect(looks()).toBeLessThan(500)
  })
})
