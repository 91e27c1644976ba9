import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import express5 from 'express'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CollectingReporter, collectingReporter } from '../test/collecting-reporter.ts'
import { head, sendRaw } from '../test/raw-client.ts'
import { type PumphouseExpressOptions, pumphouse } from './express.ts'

let server: Server
let reporter: CollectingReporter

beforeEach(() => {
  reporter = collectingReporter()
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

describe.each([
  ['4', createRequire(import.meta.url)('express4') as typeof express5],
  ['5', express5],
])('the middleware of Express %s', (_, express) => {
  async function serve(options: Partial<PumphouseExpressOptions> = {}): Promise<string> {
    const app = express()
    app.use(pumphouse({ ...options, reporter } as PumphouseExpressOptions))
    app.get('/orders/:id', (request, response) => void response.json({ id: request.params.id }))
    app.get('/slow', () => undefined)
    const router = express.Router()
    router.get('/items/:item', (_request, response) => void response.send('x'))
    router.get('/failing/:item', (_request, _response, next) => next(new RangeError('always')))
    app.use('/shop', router)
    app.use(pumphouse.errors())
    const answer: import('express').ErrorRequestHandler = (_error, _request, response, _next) =>
      void response.status(500).send('failed')
    app.use(answer)
    server = await new Promise<Server>(resolve => {
      const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
    })
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  it('records the route as its template, mounted or not', async () => {
    const url = await serve()
    await fetch(`${url}/orders/7?x=1`)
    await fetch(`${url}/shop/items/a`)
    expect(await reporter.collected(2)).toMatchObject([
      { path: '/orders/7', route: '/orders/:id', statusCode: 200, outcome: 'ok', clientIp: '127.0.0.1' },
      { path: '/shop/items/a', route: '/shop/items/:item' },
    ])
  })

  it('records what has no route without one', async () => {
    await fetch(`${await serve()}/nowhere`)
    expect(await reporter.collected(1)).toMatchObject([{ path: '/nowhere', route: undefined, statusCode: 404 }])
  })

  it('records the error of a handler in a mounted router with its name and whole route', async () => {
    await fetch(`${await serve()}/shop/failing/7`)
    expect(await reporter.collected(1)).toMatchObject([
      { route: '/shop/failing/:item', statusCode: 500, outcome: 'error', errorName: 'RangeError' },
    ])
  })

  it('records a client that left, with the route and without a status', async () => {
    await serve()
    const client = await sendRaw((server.address() as AddressInfo).port, head('GET', '/slow'))
    setTimeout(() => client.destroy(), 30)
    expect(await reporter.collected(1)).toMatchObject([{ route: '/slow', outcome: 'aborted', statusCode: undefined }])
  })

  it('records what enrich adds, and makes no record of what skip names', async () => {
    const url = await serve({
      skip: request => request.path === '/orders/0',
      enrich: (request, response) => ({ username: request.get('x-user'), tags: [`${response.statusCode}`] }),
    })
    await fetch(`${url}/orders/0`)
    await fetch(`${url}/orders/1`, { headers: { 'x-user': 'ann' } })
    expect(await reporter.collected(1)).toMatchObject([{ path: '/orders/1', username: 'ann', tags: ['200'] }])
  })
})
