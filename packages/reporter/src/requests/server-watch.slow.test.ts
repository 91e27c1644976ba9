/** What a server's connections show beyond the hooks: each case with and without somebody watching, and the client must not see which. */

import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import type { AddressInfo } from 'node:net'
import { until } from '@pumphouse/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { collectingReporter } from '../../test/collecting-reporter.ts'
import { exchange, head } from '../../test/raw-client.ts'
import type { RecordInput } from '../reporter.ts'
import { observe } from './observe.ts'
import { watchServer } from './server-watch.ts'
import { watchUpgrade } from './upgraded-request.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

const answer: RequestListener = (request, response) => {
  request.resume()
  request.on('error', () => undefined)
  response.end(`hello ${request.url}`)
}

interface Situation {
  readonly sent: string
  readonly options?: ServerOptions
  readonly prepare?: (server: Server) => void
  readonly handler?: RequestListener
  /** What is expected to be recorded. */
  readonly records: readonly RecordInput[]
}

/** An application that answers in its own way what could not be read. */
const answersItself = (server: Server): void =>
  void server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    socket.end(`HTTP/1.1 400 Odd\r\nx-code: ${error.code}\r\nconnection: close\r\n\r\nno`),
  )

const upgrading = { connection: 'upgrade', upgrade: 'websocket' }

const situations: Readonly<Record<string, Situation>> = {
  'an ordinary request': {
    sent: head('GET', '/orders?x=1'),
    records: [{ method: 'GET', path: '/orders', statusCode: 200, outcome: 'ok', httpVersion: '1.1' }],
  },
  'a request line that is none': {
    sent: 'NONSENSE\r\n\r\n',
    records: [{ statusCode: 400, outcome: 'ok', errorName: 'HPE_INVALID_METHOD', requestBytes: 12 }],
  },
  'a header that cannot be': {
    sent: 'GET /orders?x=1 HTTP/1.1\r\nhost: a\r\nbad header: x\r\n\r\n',
    records: [{ method: 'GET', path: '/orders', statusCode: 400, errorName: 'HPE_INVALID_HEADER_TOKEN' }],
  },
  'a malformed request when the application replies to such itself': {
    sent: 'GET / HTTP/9.9\r\n\r\n',
    prepare: server =>
      void server.on('clientError', (_error, socket) => socket.end('HTTP/1.1 422 Odd\r\nconnection: close\r\n\r\nno')),
    records: [{ method: 'GET', path: '/', statusCode: 422, errorName: 'HPE_INVALID_VERSION' }],
  },
  'a malformed request after a good one': {
    sent: `${head('GET', '/good', { connection: 'keep-alive' })}BAD\r\n\r\n`,
    records: [{ path: '/good' }, { errorName: 'HPE_INVALID_METHOD' }],
  },
  'headers that are too large': {
    sent: head('GET', '/large', { 'x-large': 'x'.repeat(2000) }),
    options: { maxHeaderSize: 1000 },
    records: [{ method: 'GET', path: '/large', statusCode: 431, outcome: 'ok', errorName: 'HPE_HEADER_OVERFLOW' }],
  },
  'headers that are too large when the application replies to such itself': {
    sent: head('GET', '/large', { 'x-large': 'x'.repeat(2000) }),
    options: { maxHeaderSize: 1000 },
    prepare: answersItself,
    records: [{ method: 'GET', path: '/large', statusCode: 400, outcome: 'ok', errorName: 'HPE_HEADER_OVERFLOW' }],
  },
  'a head that never ends when the application replies to such itself': {
    sent: 'GET /slow HTTP/1.1\r\n',
    options: { headersTimeout: 60, requestTimeout: 60, connectionsCheckingInterval: 20 },
    prepare: answersItself,
    records: [{ statusCode: 400, outcome: 'timeout', errorName: 'ERR_HTTP_REQUEST_TIMEOUT' }],
  },
  'an upload that breaks off after it was answered': {
    sent: `${head('POST', '/upload', { 'transfer-encoding': 'chunked', connection: 'keep-alive' })}zz\r\n`,
    handler: (request, response) => {
      request.on('error', () => undefined)
      response.end('enough')
    },
    records: [{ method: 'POST', path: '/upload' }],
  },
  'a head that never ends': {
    sent: 'GET /slow HTTP/1.1\r\n',
    options: { headersTimeout: 60, requestTimeout: 60, connectionsCheckingInterval: 20 },
    records: [{ statusCode: 408, outcome: 'timeout', errorName: 'ERR_HTTP_REQUEST_TIMEOUT' }],
  },
  'a connection on which nothing comes': {
    sent: '',
    options: { headersTimeout: 60, requestTimeout: 60, connectionsCheckingInterval: 20 },
    records: [],
  },
  'a body that breaks off in the middle of its framing': {
    sent: `${head('POST', '/upload', { 'transfer-encoding': 'chunked' })}zz\r\n`,
    handler: request => void request.on('error', () => undefined).resume(),
    records: [{ method: 'POST', path: '/upload', outcome: 'request_aborted' }],
  },
  'an expectation that nobody knows': {
    sent: head('GET', '/expect', { expect: 'a-miracle' }),
    records: [{ method: 'GET', path: '/expect', statusCode: 417, outcome: 'ok' }],
  },
  'a request without a host': {
    sent: 'GET /hostless HTTP/1.1\r\nconnection: close\r\n\r\n',
    records: [{ path: '/hostless', statusCode: 400, host: undefined }],
  },
  'a host with a user and a password': {
    sent: 'GET /orders HTTP/1.1\r\nhost: ann:hunter2@api.test:8080\r\nconnection: close\r\n\r\n',
    records: [{ path: '/orders', statusCode: 200, host: 'api.test:8080' }],
  },
  'one request too many on a connection': {
    sent: `${head('GET', '/first', { connection: 'keep-alive' })}${head('GET', '/second')}`,
    prepare: server => {
      server.maxRequestsPerSocket = 1
    },
    records: [
      { path: '/first', statusCode: 200 },
      { path: '/second', statusCode: 503, outcome: 'error' },
    ],
  },
  'an expectation of 100 Continue': {
    sent: `${head('POST', '/continue', { expect: '100-continue', 'content-length': '2' })}ab`,
    records: [{ path: '/continue', statusCode: 200 }],
  },
  'an upgrade that the application takes': {
    sent: head('GET', '/socket', upgrading),
    prepare: server =>
      void server.on('upgrade', (_request, socket) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
        setTimeout(() => socket.end('bye'), 20)
      }),
    records: [{ path: '/socket', statusCode: 101, outcome: 'ok', host: 'api.test' }],
  },
  'an upgrade that the application refuses': {
    sent: head('GET', '/socket', upgrading),
    prepare: server => void server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 401 No\r\n\r\n')),
    records: [{ path: '/socket', statusCode: 401, outcome: 'ok' }],
  },
  'an upgrade that the application cuts off': {
    sent: head('GET', '/socket', upgrading),
    prepare: server => void server.on('upgrade', (_request, socket) => socket.destroy()),
    records: [{ path: '/socket', statusCode: undefined, outcome: 'aborted' }],
  },
  'a CONNECT that the application takes': {
    sent: 'CONNECT there.test:443 HTTP/1.1\r\nhost: there.test\r\n\r\n',
    prepare: server =>
      void server.on('connect', (_request, socket) => socket.end('HTTP/1.1 200 Connected\r\n\r\ntunnelled')),
    records: [{ method: 'CONNECT', path: 'there.test:443', statusCode: 200, outcome: 'ok' }],
  },
  'a CONNECT that nobody wants': {
    sent: 'CONNECT there.test:443 HTTP/1.1\r\nhost: there.test\r\n\r\n',
    records: [{ method: 'CONNECT', path: 'there.test:443', statusCode: undefined, outcome: 'aborted' }],
  },
}

async function serve(
  { options = {}, prepare, handler = answer }: Situation,
  watched: boolean,
): Promise<{ port: number; records: RecordInput[] }> {
  const records: RecordInput[] = []
  const server = createServer(options, handler)
  servers.push(server)
  if (watched) {
    const { requests } = collectingReporter()
    const seen = new WeakSet<object>()
    watchServer(server, {
      onRequest(request, response) {
        if (seen.has(response)) return
        seen.add(response)
        observe(request, response, requests, record => void records.push(record))
      },
      onUpgrade: (request, socket) => watchUpgrade(request, socket, requests, record => void records.push(record)),
      onRefused: record => void records.push(record),
      onFailure: requests.failed,
    })
  }
  prepare?.(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, records }
}

/** Without the header that says when. */
function timeless(text: string): string {
  return text.replace(/^Date: .*$/gm, 'Date: then')
}

describe('a watched server', () => {
  it.each(Object.entries(situations))(
    'answers %s as one that is not watched, and it is recorded',
    async (_, situation) => {
      const plain = await serve(situation, false)
      const watched = await serve(situation, true)
      const expected = await exchange(plain.port, situation.sent)
      const received = await exchange(watched.port, situation.sent)
      expect(timeless(received)).toBe(timeless(expected))
      await until('its records', () => watched.records.length >= situation.records.length)
      expect(watched.records).toMatchObject(situation.records)
      expect(watched.records).toHaveLength(situation.records.length)
    },
  )
})
