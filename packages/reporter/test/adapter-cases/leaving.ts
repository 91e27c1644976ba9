/** Requests that end otherwise than by their answer. */

import { connect } from 'node:http2'
import { expect } from 'vitest'
import { exchange, head, sendRaw } from '../raw-client.ts'
import type { AdapterCase, Given } from './adapter-case.ts'

const unfinishedUpload = `${head('POST', '/upload', { 'content-length': '1000', 'content-type': 'application/x-any' })}some`
const NGHTTP2_CANCEL = 8

/** Asks over HTTP/2 and resolves when there is a record of it. */
async function askHttp2(
  { serve, reporter, arrival }: Given,
  path: string,
  reset: 'never' | 'on arrival' | 'after the first chunk',
): Promise<void> {
  const session = connect(`http://127.0.0.1:${await serve({ http2: true })}`)
  const stream = session.request({ ':path': path })
  stream.on('error', () => undefined)
  if (reset === 'after the first chunk') stream.once('data', () => stream.close(NGHTTP2_CANCEL))
  else stream.resume()
  if (reset === 'on arrival') {
    await arrival
    stream.close(NGHTTP2_CANCEL)
  }
  await reporter.collected(1)
  session.destroy()
}

export const leavingCases: readonly AdapterCase[] = [
  ...(['destroy', 'resetAndDestroy'] as const).map(
    (leave): AdapterCase => ({
      name: leave === 'destroy' ? 'a client that leaves before the reply' : 'a client that resets before the reply',
      async run({ serve, reporter, arrival }) {
        const client = await sendRaw(await serve(), head('GET', '/never'))
        await arrival
        client[leave]()
        expect(await reporter.collected(1)).toMatchObject([
          { path: '/never', outcome: 'aborted', statusCode: undefined, ttfbMs: undefined, clientIp: '127.0.0.1' },
        ])
      },
    }),
  ),
  {
    name: 'a client that leaves its events',
    async run({ serve, reporter }) {
      const client = await sendRaw(await serve(), head('GET', '/events'))
      client.once('data', () => client.destroy())
      expect(await reporter.collected(1)).toMatchObject([{ outcome: 'stream_closed', statusCode: 200 }])
    },
  },
  {
    name: 'a client that resets while a large reply drains',
    async run({ serve, reporter }) {
      const client = await sendRaw(await serve(), head('GET', '/large'))
      client.once('data', () => {
        client.pause()
        client.resetAndDestroy()
      })
      expect(await reporter.collected(1)).toMatchObject([{ outcome: 'truncated', statusCode: 200 }])
    },
  },
  {
    name: 'a client that leaves its upload',
    async run({ serve, reporter, arrival }) {
      const client = await sendRaw(await serve(), unfinishedUpload)
      await arrival
      client.destroy()
      expect(await reporter.collected(1)).toMatchObject([{ outcome: 'request_aborted' }])
    },
  },
  {
    name: 'an application that destroys the response',
    async run({ serve, reporter }) {
      expect(await exchange(await serve(), head('GET', '/raw/destroy'))).toBe('')
      expect(await reporter.collected(1)).toMatchObject([{ outcome: 'aborted', statusCode: undefined }])
    },
  },
  {
    name: 'an application that destroys a response that has begun',
    async run({ serve, reporter }) {
      expect(await exchange(await serve(), head('GET', '/raw/cut'))).toMatch(/^HTTP\/1\.1 200/)
      expect(await reporter.collected(1)).toMatchObject([{ outcome: 'stream_closed', statusCode: 200 }])
    },
  },
  {
    name: 'pipelined requests whose client leaves before the first reply',
    async run({ serve, reporter, arrival }) {
      const keepAlive = { connection: 'keep-alive' }
      const client = await sendRaw(
        await serve(),
        head('GET', '/never', keepAlive) + head('GET', '/orders/2', keepAlive),
      )
      await arrival
      client.destroy()
      const records = [...(await reporter.collected(2))].sort((a, b) => (a.path! < b.path! ? -1 : 1))
      expect(records).toMatchObject([
        { path: '/never', outcome: 'aborted', statusCode: undefined },
        // Its reply was made, and never sent.
        { path: '/orders/2', outcome: 'aborted', statusCode: undefined, ttfbMs: undefined, responseBytes: 0 },
      ])
    },
  },
  {
    name: 'a request that takes too long to come in',
    async run({ serve, reporter }) {
      await exchange(await serve({ requestTimeoutMs: 60 }), unfinishedUpload)
      expect(await reporter.collected(1)).toMatchObject([{ outcome: 'timeout' }])
    },
  },
  {
    name: 'a connection on which nothing moves',
    async run({ serve, reporter }) {
      await exchange(await serve({ idleTimeoutMs: 60 }), head('GET', '/never'))
      expect(await reporter.collected(1)).toMatchObject([{ outcome: 'timeout', statusCode: undefined }])
    },
  },
  {
    name: 'HTTP/2, a connection on which nothing moves',
    async run({ serve, reporter }) {
      const session = connect(`http://127.0.0.1:${await serve({ http2: true, idleTimeoutMs: 60 })}`)
      session.on('error', () => undefined)
      const lost = session.request({ ':path': '/never' }).on('error', () => undefined)
      lost.resume()
      expect(await reporter.collected(1)).toMatchObject([{ outcome: 'timeout', statusCode: undefined }])
      session.destroy()
    },
  },
  {
    name: 'HTTP/2, a client that leaves a connection that may time out',
    async run({ serve, reporter, arrival }) {
      const session = connect(`http://127.0.0.1:${await serve({ http2: true, idleTimeoutMs: 5_000 })}`)
      session.on('error', () => undefined)
      session.request({ ':path': '/never' }).on('error', () => undefined)
      await arrival
      session.destroy()
      expect(await reporter.collected(1)).toMatchObject([{ outcome: 'aborted', statusCode: undefined }])
    },
  },
  {
    name: 'HTTP/2',
    async run(given) {
      await askHttp2(given, '/orders/7', 'never')
      expect(given.reporter.records).toMatchObject([
        { path: '/orders/7', outcome: 'ok', statusCode: 200, clientIp: '127.0.0.1' },
      ])
    },
  },
  {
    name: 'HTTP/2, an upload',
    async run({ serve, reporter }) {
      const session = connect(`http://127.0.0.1:${await serve({ http2: true })}`)
      const stream = session.request({ ':method': 'POST', ':path': '/upload', 'content-type': 'application/x-any' })
      stream.resume().end('x'.repeat(5000))
      expect(await reporter.collected(1)).toMatchObject([
        { method: 'POST', path: '/upload', outcome: 'ok', statusCode: 200, requestBytes: 5000 },
      ])
      session.destroy()
    },
  },
  {
    name: 'HTTP/2, a path without a route',
    async run(given) {
      await askHttp2(given, '/nowhere', 'never')
      expect(given.reporter.records).toMatchObject([{ outcome: 'ok', statusCode: 404, route: undefined }])
    },
  },
  {
    name: 'HTTP/2, reset before the reply',
    async run(given) {
      await askHttp2(given, '/never', 'on arrival')
      expect(given.reporter.records).toMatchObject([{ path: '/never', outcome: 'aborted', statusCode: undefined }])
    },
  },
  {
    name: 'HTTP/2, reset in the middle of a stream',
    async run(given) {
      await askHttp2(given, '/events', 'after the first chunk')
      expect(given.reporter.records).toMatchObject([{ path: '/events', outcome: 'stream_closed', statusCode: 200 }])
    },
  },
]
