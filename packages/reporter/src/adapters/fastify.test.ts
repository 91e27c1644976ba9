import { ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { until } from '@pumphouse/testkit'
import fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CollectingReporter, collectingReporter } from '../../test/collecting-reporter.ts'
import { leavingHttp, leftHttp } from '../../test/leaving-http.ts'
import { exchange, head, sendRaw } from '../../test/raw-client.ts'
import { type PumphouseFastifyOptions, pumphouse } from './fastify.ts'

let app: FastifyInstance
let reporter: CollectingReporter

beforeEach(() => {
  reporter = collectingReporter()
})
afterEach(() => app.close())

async function serve(options: Partial<PumphouseFastifyOptions> = {}, settings = {}): Promise<string> {
  app = fastify(settings)
  await app.register(pumphouse, { ...options, reporter } as PumphouseFastifyOptions)
  app.get('/orders/:id', request => ({ id: (request.params as { id: string }).id }))
  app.get('/failing', () => {
    throw new RangeError('always')
  })
  app.get('/slow', () => new Promise(() => undefined))
  await app.register(
    async inner => {
      inner.get('/inner/:name', () => 'x')
    },
    { prefix: '/v1' },
  )
  return app.listen({ port: 0, host: '127.0.0.1' })
}

describe('the Fastify plugin', () => {
  it('records the route as its template, also within a prefix', async () => {
    const url = await serve()
    await fetch(`${url}/orders/7?x=1`)
    await fetch(`${url}/v1/inner/a`)
    expect(await reporter.collected(2)).toMatchObject([
      { path: '/orders/7', route: '/orders/:id', statusCode: 200, outcome: 'ok', clientIp: '127.0.0.1' },
      { path: '/v1/inner/a', route: '/v1/inner/:name' },
    ])
  })

  it('records what has no route without one', async () => {
    await fetch(`${await serve()}/nowhere`)
    const [record] = await reporter.collected(1)
    expect(record).toMatchObject({ path: '/nowhere', route: undefined, statusCode: 404, outcome: 'ok' })
  })

  it('records the name of the error that a handler threw', async () => {
    await fetch(`${await serve()}/failing`)
    expect(await reporter.collected(1)).toMatchObject([
      { route: '/failing', statusCode: 500, outcome: 'error', errorName: 'RangeError' },
    ])
  })

  it('records a client that left, with the route and without a status', async () => {
    await serve()
    const client = await sendRaw((app.server.address() as AddressInfo).port, head('GET', '/slow'))
    setTimeout(() => client.destroy(), 30)
    expect(await reporter.collected(1)).toMatchObject([
      { route: '/slow', outcome: 'aborted', statusCode: undefined, clientIp: '127.0.0.1' },
    ])
  })

  it('records a client that left behind a proxy with its address', async () => {
    await serve({}, { trustProxy: true })
    const { port } = app.server.address() as AddressInfo
    const client = await sendRaw(port, head('GET', '/slow', { 'x-forwarded-for': '203.0.113.7' }))
    setTimeout(() => client.destroy(), 30)
    expect(await reporter.collected(1)).toMatchObject([
      { outcome: 'aborted', clientIp: '203.0.113.7', peerIp: '127.0.0.1' },
    ])
  })

  it('says of a request that stays open which route and whose it is, at once', async () => {
    reporter = collectingReporter({ openRecordAfterMs: 20 })
    await serve({}, { trustProxy: true })
    const { port } = app.server.address() as AddressInfo
    const client = await sendRaw(port, head('GET', '/slow', { 'x-forwarded-for': '203.0.113.7' }))
    expect(await reporter.collected(1)).toMatchObject([{ phase: 'open', route: '/slow', clientIp: '203.0.113.7' }])
    client.destroy()
    expect(await reporter.collected(2)).toMatchObject([{}, { phase: 'close', route: '/slow', outcome: 'aborted' }])
  })

  it('takes the address of the client as Fastify was told to trust it', async () => {
    const url = await serve({}, { trustProxy: true })
    await fetch(`${url}/orders/1`, { headers: { 'x-forwarded-for': '203.0.113.7' } })
    expect(await reporter.collected(1)).toMatchObject([{ clientIp: '203.0.113.7' }])
  })

  it('records what enrich adds, and makes no record of what skip names', async () => {
    const url = await serve({
      skip: request => request.url === '/orders/0',
      enrich: (request, reply) => ({ username: request.headers['x-user']?.toString(), tags: [`${reply.statusCode}`] }),
    })
    await fetch(`${url}/orders/0`)
    await fetch(`${url}/orders/1`, { headers: { 'x-user': 'ann' } })
    expect(await reporter.collected(1)).toMatchObject([{ path: '/orders/1', username: 'ann', tags: ['200'] }])
  })

  it.each([
    [
      'throw',
      () => {
        throw new Error('no')
      },
    ],
    ['return a promise that rejects', () => Promise.reject(new Error('no')) as never],
  ])('records and counts when skip and enrich %s', async (_, hook) => {
    const url = await serve({ skip: hook, enrich: hook })
    await fetch(`${url}/orders/1`)
    expect(await reporter.collected(1)).toMatchObject([{ path: '/orders/1', statusCode: 200 }])
    expect(reporter.hookErrors).toContain('enrich')
  })

  it('sees requests that are injected', async () => {
    await serve()
    await app.inject('/orders/9')
    expect(await reporter.collected(1)).toMatchObject([{ path: '/orders/9', route: '/orders/:id', outcome: 'ok' }])
  })

  it('records what reaches none of the hooks with server: true, and each request once', async () => {
    await serve({ server: true, skip: request => request.url === '/orders/0', enrich: () => ({ username: 'ann' }) })
    const { port } = app.server.address() as AddressInfo
    for (const sent of [
      head('GET', '/%zz'),
      head('GET', '/orders/1', { expect: 'a-miracle' }),
      'NONSENSE\r\n\r\n',
      head('GET', '/orders/0'),
      head('GET', '/orders/2'),
    ]) {
      await exchange(port, sent)
    }
    expect(await reporter.collected(4)).toMatchObject([
      { path: '/%zz', statusCode: 400, route: undefined, username: undefined },
      { path: '/orders/1', statusCode: 417 },
      { statusCode: 400, errorName: 'HPE_INVALID_METHOD' },
      { path: '/orders/2', statusCode: 200, route: '/orders/:id', username: 'ann' },
    ])
    expect(reporter.warnings).toEqual([])
  })

  it('asks a skip that was given while running about requests of Fastify only, with server: true', async () => {
    const url = await serve({ server: true })
    const asked: unknown[] = []
    const skip = ({ routeOptions, params }: { routeOptions: { url: string }; params: { id: string } }): boolean => {
      asked.push(routeOptions.url)
      return params.id === '0'
    }
    Object.assign(reporter, { skip })
    for (const id of [0, 1]) await fetch(`${url}/orders/${id}`)
    expect(await reporter.collected(1)).toMatchObject([{ path: '/orders/1' }])
    expect({ asked, failed: reporter.hookErrors }).toEqual({ asked: ['/orders/:id', '/orders/:id'], failed: [] })
  })

  it('records what leaves HTTP, and heads that are too large, with server: true', async () => {
    await serve({ server: true })
    app.server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
    app.server.on('connect', (_request, socket) => socket.end('HTTP/1.1 200 Connected\r\n\r\n'))
    const { port } = app.server.address() as AddressInfo
    for (const sent of leavingHttp) await exchange(port, sent)
    expect(await reporter.collected(3)).toMatchObject(leftHttp)
  })

  it('adds the route to the record of a WebSocket that it routes itself', async () => {
    await serve({ server: true })
    app.server.on('upgrade', (request, socket) => {
      const response = new ServerResponse(request)
      response.assignSocket(socket as Socket)
      app.routing(request, response)
      socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n')
    })
    const { port } = app.server.address() as AddressInfo
    await exchange(port, head('GET', '/slow', { connection: 'upgrade', upgrade: 'websocket' }))
    expect(await reporter.collected(1)).toMatchObject([{ path: '/slow', route: '/slow', statusCode: 101 }])
    expect(reporter.records).toHaveLength(1)
  })

  it('records what the application ends as it closes as shutdown', async () => {
    const url = await serve({}, { forceCloseConnections: true })
    const asked = fetch(`${url}/slow`).catch(() => undefined)
    await until('it is there', () => reporter.requests.open.shutDown(0))
    await app.close()
    await asked
    expect(await reporter.collected(1)).toMatchObject([{ path: '/slow', outcome: 'shutdown', route: '/slow' }])
  })

  it('gives the reporter to the application and leaves one it did not make open', async () => {
    await serve()
    expect(app.pumphouse).toBe(reporter)
    await app.close()
    expect(reporter.closed()).toBe(false)
  })

  it('fails to register with every problem of its options', async () => {
    app = fastify()
    const registered = app.register(pumphouse, { poolSize: -1, skip: 'no' } as unknown as PumphouseFastifyOptions)
    await expect(registered).rejects.toMatchObject({ code: 'PH_CONFIG_INVALID' })
  })
})
