/** Each way a request can end, on Node's own servers: the truth table of outcome.ts. */

import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CollectingReporter, collectingReporter } from '../test/collecting-reporter.ts'
import { exchange, head, sendRaw } from '../test/raw-client.ts'
import { pumphouse } from './http.ts'

let reporter: CollectingReporter
let server: Server | undefined

beforeEach(() => {
  reporter = collectingReporter()
})
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** Resolves with the port, and with what tells that a request has reached its handler. */
async function serve(listener: RequestListener, options: ServerOptions = {}) {
  const analytics = pumphouse({ reporter })
  let reached = (): void => undefined
  const arrival = new Promise<void>(resolve => {
    reached = resolve
  })
  server = createServer(options, (request, response) => {
    analytics(request, response)
    listener(request, response)
    reached()
  })
  await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, arrival }
}

const never: RequestListener = () => undefined

describe('a request that is answered', () => {
  it('is ok, with its times, sizes and names', async () => {
    const { port } = await serve((_request, response) => setTimeout(() => response.end('hello'), 20))
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const sent = head('GET', '/orders/7?verbose=1', { 'user-agent': 'test/1', traceparent })
    const before = Date.now()
    const answer = await exchange(port, sent)
    const [record] = await reporter.collected(1)
    expect(record).toMatchObject({
      method: 'GET',
      host: 'api.test',
      path: '/orders/7',
      statusCode: 200,
      outcome: 'ok',
      requestBytes: sent.length,
      responseBytes: answer.length,
      clientIp: '127.0.0.1',
      userAgent: 'test/1',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      route: undefined,
    })
    expect(record?.timestamp).toBeGreaterThanOrEqual(before)
    expect(record?.ttfbMs).toBeGreaterThanOrEqual(18)
    expect(record?.durationMs).toBeGreaterThanOrEqual(record?.ttfbMs ?? Number.NaN)
  })

  it('with a status of 500 or more is an error, below that it is ok', async () => {
    const { port } = await serve((request, response) => {
      response.statusCode = request.url === '/broken' ? 503 : 404
      response.end()
    })
    await exchange(port, head('GET', '/broken'))
    await exchange(port, head('HEAD', '/missing'))
    expect(await reporter.collected(2)).toMatchObject([
      { outcome: 'error', statusCode: 503 },
      { outcome: 'ok', statusCode: 404, method: 'HEAD' },
    ])
  })

  it('counts its own bytes on a connection that serves several, skipped ones aside', async () => {
    const analytics = pumphouse({ reporter, skip: request => request.url === '/health' })
    server = createServer((request, response) => {
      analytics(request, response)
      response.end('x'.repeat(request.url === '/large' ? 5000 : 5))
    })
    await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const keep = { connection: 'keep-alive' }
    const socket = await sendRaw(port, head('GET', '/large', keep))
    await reporter.collected(1)
    const answered = new Promise(resolve => socket.once('data', () => socket.once('data', resolve)))
    socket.write(head('GET', '/health', keep))
    await answered
    const last = head('GET', '/small')
    socket.write(last)
    const [large, small] = await reporter.collected(2)
    expect(large?.responseBytes).toBeGreaterThan(5000)
    expect(small).toMatchObject({ path: '/small', requestBytes: last.length })
    expect(small?.responseBytes).toBeLessThan(300)
  })

  it('before its upload has come in is still ok', async () => {
    const { port } = await serve((_request, response) => {
      response.statusCode = 413
      response.end()
    })
    await exchange(port, `${head('POST', '/upload', { 'content-length': '1000' })}some`)
    expect(await reporter.collected(1)).toMatchObject([{ outcome: 'ok', statusCode: 413 }])
  })

  it('keeps the return value, the arguments and the reason phrase of writeHead', async () => {
    const { port } = await serve((_request, response) => {
      expect(response.writeHead(201, 'Made', { 'x-a': 'b' })).toBe(response)
      expect(() => response.writeHead(500)).not.toThrow(TypeError)
      response.end()
    })
    expect(await exchange(port, head('GET', '/'))).toMatch(/^HTTP\/1.1 201 Made\r\nx-a: b\r\n/)
  })
})

describe('a client that leaves', () => {
  it.each(['destroy', 'resetAndDestroy'] as const)(
    'before the reply (%s) is aborted, without a status',
    async leave => {
      const { port, arrival } = await serve(never)
      const client = await sendRaw(port, head('GET', '/'))
      await arrival
      client[leave]()
      expect(await reporter.collected(1)).toMatchObject([
        { outcome: 'aborted', statusCode: undefined, ttfbMs: undefined },
      ])
    },
  )

  it('in the middle of a stream has closed it, with the status it saw', async () => {
    const { port } = await serve((_request, response) => response.write('data: 1\n\n'))
    const client = await sendRaw(port, head('GET', '/events'))
    client.once('data', () => client.destroy())
    expect(await reporter.collected(1)).toMatchObject([{ outcome: 'stream_closed', statusCode: 200 }])
  })

  it('while a large reply drains leaves it truncated, though Node calls it finished', async () => {
    const { port, arrival } = await serve((_request, response) => response.end(Buffer.alloc(50_000_000)))
    const client = await sendRaw(port, head('GET', '/large'))
    client.pause()
    await arrival
    client.resetAndDestroy()
    expect(await reporter.collected(1)).toMatchObject([{ outcome: 'truncated', statusCode: 200 }])
  })

  it('in the middle of its upload aborted the request', async () => {
    const { port, arrival } = await serve(request => {
      request.on('error', () => undefined)
      request.resume()
    })
    const client = await sendRaw(port, `${head('POST', '/upload', { 'content-length': '1000' })}some`)
    await arrival
    client.destroy()
    expect(await reporter.collected(1)).toMatchObject([{ outcome: 'request_aborted', statusCode: undefined }])
  })
})

describe('a server that gives up', () => {
  it('by destroying the response is aborted', async () => {
    const { port } = await serve((_request, response) => response.destroy())
    await exchange(port, head('GET', '/'))
    expect(await reporter.collected(1)).toMatchObject([{ outcome: 'aborted', statusCode: undefined }])
  })

  it('because the request takes too long to come in is a timeout', async () => {
    const { port } = await serve(never, { requestTimeout: 60, connectionsCheckingInterval: 20 })
    await exchange(port, `${head('POST', '/upload', { 'content-length': '1000' })}some`)
    expect(await reporter.collected(1)).toMatchObject([{ outcome: 'timeout', statusCode: undefined }])
  })

  it('because nothing moves on the connection is a timeout', async () => {
    const { port } = await serve(never)
    server?.setTimeout(60)
    await exchange(port, head('GET', '/'))
    expect(await reporter.collected(1)).toMatchObject([{ outcome: 'timeout' }])
  })
})

describe('over HTTP/2', () => {
  it('an answered request is ok, and a reset one is aborted or closed, though "finish" is emitted', async () => {
    const analytics = pumphouse({ reporter })
    const secondVersion = createHttp2Server((request, response) => {
      analytics(request, response)
      if (request.url === '/ok') response.end('hello')
      if (request.url === '/stream') response.write('a')
    })
    await new Promise<void>(resolve => secondVersion.listen(0, '127.0.0.1', resolve))
    const { port } = secondVersion.address() as AddressInfo
    const session = connectHttp2(`http://127.0.0.1:${port}`)
    async function ask(path: string, reset: 'never' | 'at once' | 'after the head'): Promise<void> {
      const before = reporter.records.length
      const stream = session.request({ ':path': path })
      stream.on('error', () => undefined)
      stream.resume()
      if (reset === 'at once') setTimeout(() => stream.close(8), 30)
      if (reset === 'after the head') stream.on('response', () => stream.close(8))
      await reporter.collected(before + 1)
    }
    await ask('/ok', 'never')
    await ask('/never', 'at once')
    await ask('/stream', 'after the head')
    expect(reporter.records).toMatchObject([
      { path: '/ok', outcome: 'ok', statusCode: 200, requestBytes: 0, responseBytes: 5 },
      { path: '/never', outcome: 'aborted', statusCode: undefined },
      { path: '/stream', outcome: 'stream_closed', statusCode: 200 },
    ])
    session.close()
    secondVersion.close()
  })
})
