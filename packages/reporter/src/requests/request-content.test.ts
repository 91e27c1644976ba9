/** What a record says of a request beyond how it ended: sizes, addresses, versions, ids, errors. */

import { createServer, type RequestListener, type Server } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server, type Http2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import fastify from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { type CollectingReporter, collectingReporter } from '../../test/collecting-reporter.ts'
import { exchange, head } from '../../test/raw-client.ts'
import { pumphouse as fastifyPlugin } from '../adapters/fastify.ts'
import { instrument, pumphouse } from '../adapters/http.ts'
import type { RecordInput } from '../reporter.ts'
import { findActiveSpan } from './active-span.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const CALLER = '00f067aa0ba902b7'
const OWN = 'b7ad6b7169203331'

const servers: (Server | Http2Server)[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listen(server: Server | Http2Server): Promise<number> {
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function recordsOf(
  listener: RequestListener,
  sent: string,
  count = 1,
): Promise<{ records: readonly RecordInput[]; received: string }> {
  const reporter = collectingReporter()
  const analytics = pumphouse({ reporter })
  const port = await listen(
    createServer((request, response) => {
      analytics(request, response)
      listener(request, response)
    }),
  )
  const received = await exchange(port, sent)
  return { records: await reporter.collected(count), received }
}

describe('sizes', () => {
  it.each<[string, RequestListener]>([
    ['setHeader', (_request, response) => void response.setHeader('Content-Length', 2).end('ok')],
    [
      'an object for writeHead',
      (_request, response) => void response.writeHead(200, { 'Content-Length': '2' }).end('ok'),
    ],
    ['a list for writeHead', (_request, response) => void response.writeHead(200, ['Content-Length', '2']).end('ok')],
  ])('that were declared are recorded, with %s', async (_, listener) => {
    const sent = `${head('POST', '/', { 'content-length': '3' })}abc`
    const { records } = await recordsOf(listener, sent)
    expect(records).toMatchObject([{ requestContentLength: 3, responseContentLength: 2, httpVersion: '1.1' }])
  })

  it('that were not declared, or are no sizes, are absent', async () => {
    const { records } = await recordsOf(
      (_request, response) => {
        response.write('in chunks')
        response.end()
      },
      head('GET', '/'),
    )
    expect(records).toMatchObject([{ requestContentLength: undefined, responseContentLength: undefined }])
  })

  it('are those of each request when several come at once', async () => {
    const first = `${head('POST', '/first', { connection: 'keep-alive', 'content-length': '5' })}12345`
    const second = head('GET', '/second', { connection: 'keep-alive' })
    const third = head('GET', '/third')
    const { records, received } = await recordsOf(
      (request, response) => {
        request.resume()
        // Out of order: Node keeps what is early until its turn comes.
        setTimeout(() => response.end(request.url?.repeat(10)), request.url === '/first' ? 30 : 0)
      },
      first + second + third,
      3,
    )
    const answers = received.split(/(?=HTTP\/1\.1)/)
    const byPath = (path: string) => records.find(record => record.path === path)
    for (const [index, [path, sent]] of [
      ['/first', first],
      ['/second', second],
      ['/third', third],
    ].entries()) {
      expect(byPath(path as string)).toMatchObject({
        requestBytes: sent?.length,
        responseBytes: answers[index]?.length,
      })
    }
  })

  it('of HTTP/2 are those of the bodies', async () => {
    const reporter = collectingReporter()
    const analytics = pumphouse({ reporter })
    const port = await listen(
      createHttp2Server((request, response) => {
        analytics(request, response)
        request.resume().on('end', () => {
          response.write('some')
          response.end('more')
        })
      }),
    )
    const session = connectHttp2(`http://127.0.0.1:${port}`)
    const stream = session.request({ ':path': '/upload', ':method': 'POST' })
    stream.resume()
    stream.end('x'.repeat(100_000))
    expect(await reporter.collected(1)).toMatchObject([
      { requestBytes: 100_000, responseBytes: 8, httpVersion: '2.0', outcome: 'ok' },
    ])
    session.close()
  })
})

describe('addresses and errors', () => {
  async function fail(reporter: CollectingReporter): Promise<RecordInput | undefined> {
    const app = fastify({ trustProxy: true })
    await app.register(fastifyPlugin, { reporter })
    app.get('/', () => {
      throw new RangeError('42 is too much')
    })
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    await fetch(url, { headers: { 'x-forwarded-for': '203.0.113.7' } })
    const [record] = await reporter.collected(1)
    await app.close()
    return record
  }

  it('are the client, the peer where it is another, and the name of the error', async () => {
    const record = await fail(collectingReporter())
    expect(record).toMatchObject({ clientIp: '203.0.113.7', peerIp: '127.0.0.1', errorName: 'RangeError' })
    expect(record?.['errorMessage']).toBeUndefined()
  })

  it('are the message too, where it is asked for', async () => {
    expect(await fail(collectingReporter({ errorMessages: true }))).toMatchObject({ errorMessage: '42 is too much' })
  })

  it('are the client alone where it is the peer', async () => {
    const { records } = await recordsOf((_request, response) => response.end(), head('GET', '/'))
    expect(records).toMatchObject([{ clientIp: '127.0.0.1', peerIp: undefined }])
  })
})

describe('trace ids', () => {
  const traceparent = `00-${TRACE}-${CALLER}-01`
  const inSpan = (ids: { traceId: string; spanId: string }, listener: RequestListener) =>
    context.with(trace.setSpan(context.active(), trace.wrapSpanContext({ ...ids, traceFlags: 1 })), () =>
      recordsOf(listener, head('GET', '/', { traceparent })),
    )
  const answer: RequestListener = (_request, response) => response.end()

  it('are those of the active span, and the caller is its parent', async () => {
    const contextManager = new AsyncLocalStorageContextManager().enable()
    context.setGlobalContextManager(contextManager)
    try {
      // The server's connections are made within the context, as an instrumented server makes them.
      const { records } = await inSpan({ traceId: TRACE, spanId: OWN }, answer)
      expect(records).toMatchObject([{ traceId: TRACE, spanId: OWN, parentSpanId: CALLER }])
      const other = await inSpan({ traceId: TRACE.split('').reverse().join(''), spanId: OWN }, answer)
      expect(other.records).toMatchObject([{ spanId: OWN, parentSpanId: undefined }])
    } finally {
      context.disable()
    }
  })

  it('are those of a span that begins after an instrumented server was looked at', async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    const reporter = collectingReporter()
    const server = createServer()
    const { emit } = server
    // As OpenTelemetry's instrumentation does: below it, around the listeners of the application.
    server.emit = (...args: unknown[]) => {
      const span = trace.wrapSpanContext({ traceId: TRACE, spanId: OWN, traceFlags: 1 })
      return context.with(trace.setSpan(context.active(), span), () => emit.apply(server, args as never))
    }
    instrument(server, { reporter })
    server.on('request', answer)
    try {
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      await exchange((server.address() as AddressInfo).port, head('GET', '/', { traceparent }))
      const [record] = await reporter.collected(1)
      expect(record).toMatchObject({ traceId: TRACE, spanId: OWN, parentSpanId: CALLER })
    } finally {
      context.disable()
      server.close()
    }
  })

  it('are those of the caller without one', async () => {
    const { records } = await recordsOf(answer, head('GET', '/', { traceparent }))
    expect(records).toMatchObject([{ traceId: TRACE, spanId: CALLER, parentSpanId: undefined }])
  })

  it('are looked for once where OpenTelemetry is not installed, and never where it is broken', () => {
    const absent = findActiveSpan(() => {
      throw new Error('not found')
    })
    expect(absent).toBeUndefined()
    expect(findActiveSpan(() => ({ trace: {} }))).toBeUndefined()
    const broken = findActiveSpan(() => ({
      trace: {
        getActiveSpan() {
          throw new Error('broken')
        },
      },
    }))
    expect(broken?.()).toBeUndefined()
    const zeros = { traceId: '0'.repeat(32), spanId: '0'.repeat(16) }
    const invalid = findActiveSpan(() => ({ trace: { getActiveSpan: () => ({ spanContext: () => zeros }) } }))
    expect(invalid?.()).toBeUndefined()
  })
})
