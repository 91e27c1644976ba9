/** Requests that are answered. */

import { once } from 'node:events'
import { expect } from 'vitest'
import { exchange, head, sendRaw } from '../raw-client.ts'
import type { AdapterCase } from './adapter-case.ts'
import { CHUNKS, LARGE_BYTES } from './target.ts'

const keepAlive = { connection: 'keep-alive' }

/** The status that the client was told. */
function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])
}

export const answeredCases: readonly AdapterCase[] = [
  {
    name: 'an answered request',
    async run({ serve, reporter }) {
      const port = await serve()
      const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
      const sent = head('GET', '/orders/7?verbose=1', { 'user-agent': 'test/1', traceparent })
      const before = Date.now()
      const answer = await exchange(port, sent)
      expect(answer).toContain('{"id":"7"}')
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
        errorName: undefined,
      })
      expect(record?.timestamp).toBeGreaterThanOrEqual(before)
      expect(record?.ttfbMs).toBeGreaterThan(0)
      expect(record?.durationMs).toBeGreaterThanOrEqual(record?.ttfbMs ?? Number.NaN)
    },
  },
  {
    name: 'the template of a route',
    async run({ serve, reporter }) {
      await exchange(await serve(), head('GET', '/orders/7'))
      expect(await reporter.collected(1)).toMatchObject([{ route: '/orders/:id' }])
    },
  },
  {
    name: 'the template of a route in a mounted router or a prefix',
    async run({ serve, reporter }) {
      await exchange(await serve(), head('GET', '/shop/items/tea'))
      expect(await reporter.collected(1)).toMatchObject([{ path: '/shop/items/tea', route: '/shop/items/:item' }])
    },
  },
  {
    name: 'a path without a route',
    async run({ serve, reporter }) {
      await exchange(await serve(), head('GET', '/nowhere'))
      expect(await reporter.collected(1)).toMatchObject([
        { path: '/nowhere', route: undefined, statusCode: 404, outcome: 'ok' },
      ])
    },
  },
  {
    name: 'a method that the route does not have',
    async run({ serve, reporter }) {
      const status = statusOf(await exchange(await serve(), head('DELETE', '/orders/7')))
      expect([404, 405]).toContain(status)
      expect(await reporter.collected(1)).toMatchObject([{ method: 'DELETE', route: undefined, statusCode: status }])
    },
  },
  {
    name: 'a HEAD request',
    async run({ serve, reporter }) {
      const answer = await exchange(await serve(), head('HEAD', '/orders/7'))
      expect(answer).not.toContain('{"id"')
      expect(await reporter.collected(1)).toMatchObject([
        { method: 'HEAD', statusCode: statusOf(answer), outcome: 'ok', responseBytes: answer.length },
      ])
    },
  },
  {
    name: 'an OPTIONS request',
    async run({ serve, reporter }) {
      const answer = await exchange(await serve(), head('OPTIONS', '/orders/7'))
      expect(await reporter.collected(1)).toMatchObject([
        { method: 'OPTIONS', path: '/orders/7', statusCode: statusOf(answer), outcome: 'ok' },
      ])
    },
  },
  {
    name: 'a handler that throws',
    async run({ serve, reporter }) {
      expect(statusOf(await exchange(await serve(), head('GET', '/throws')))).toBe(500)
      expect(await reporter.collected(1)).toMatchObject([{ path: '/throws', statusCode: 500, outcome: 'error' }])
    },
  },
  {
    name: 'the name of the error of a handler',
    async run({ serve, reporter }) {
      await exchange(await serve(), head('GET', '/throws'))
      expect(await reporter.collected(1)).toMatchObject([{ route: '/throws', errorName: 'RangeError' }])
    },
  },
  {
    name: 'an upload',
    async run({ serve, reporter }) {
      const body = 'x'.repeat(5000)
      const sent = `${head('POST', '/upload', { 'content-length': `${body.length}`, 'content-type': 'application/x-any' })}${body}`
      const status = statusOf(await exchange(await serve(), sent))
      expect(status).toBe(200)
      expect(await reporter.collected(1)).toMatchObject([
        { method: 'POST', statusCode: 200, outcome: 'ok', requestBytes: sent.length },
      ])
    },
  },
  {
    name: 'an answer that does not wait for the upload',
    async run({ serve, reporter }) {
      const fields = { 'content-length': '1000', 'content-type': 'application/x-any' }
      await exchange(await serve(), `${head('POST', '/raw/refusal', fields)}some`)
      expect(await reporter.collected(1)).toMatchObject([{ outcome: 'ok', statusCode: 413 }])
    },
  },
  {
    name: 'a stream',
    async run({ serve, reporter }) {
      const answer = await exchange(await serve(), head('GET', '/stream'))
      for (const chunk of CHUNKS) expect(answer).toContain(chunk)
      expect(await reporter.collected(1)).toMatchObject([
        { statusCode: 200, outcome: 'ok', responseBytes: answer.length },
      ])
    },
  },
  {
    name: 'a large reply',
    async run({ serve, reporter }) {
      const answer = await exchange(await serve(), head('GET', '/large'))
      const [record] = await reporter.collected(1)
      expect(record).toMatchObject({ outcome: 'ok', responseBytes: answer.length })
      expect(record?.responseBytes).toBeGreaterThan(LARGE_BYTES)
    },
  },
  ...['range', 'gzip', 'trailers', 'hints'].map(
    (scenario): AdapterCase => ({
      name:
        { range: 'a range', gzip: 'a compressed reply', trailers: 'trailers', hints: 'early hints' }[scenario] ?? '',
      async run({ serve, reporter }) {
        const answer = await exchange(await serve(), head('GET', `/raw/${scenario}`))
        const marks = {
          range: '206 ',
          gzip: 'content-encoding: gzip',
          trailers: 'x-checksum: 7',
          hints: 'HTTP/1.1 103',
        }
        expect(answer).toContain(marks[scenario as keyof typeof marks])
        expect(await reporter.collected(1)).toMatchObject([
          { statusCode: scenario === 'range' ? 206 : 200, outcome: 'ok' },
        ])
        expect(reporter.records[0]?.responseBytes).toBe(Buffer.byteLength(answer, 'latin1'))
      },
    }),
  ),
  ...[
    { scenario: 'empty', name: 'a reply without a body', status: 204 },
    { scenario: 'unchanged', name: 'a reply that says that nothing changed', status: 304 },
  ].map(
    ({ scenario, name, status }): AdapterCase => ({
      name,
      async run({ serve, reporter }) {
        const answer = await exchange(await serve(), head('GET', `/raw/${scenario}`))
        expect(statusOf(answer)).toBe(status)
        expect(await reporter.collected(1)).toMatchObject([
          { statusCode: status, outcome: 'ok', responseBytes: answer.length },
        ])
      },
    }),
  ),
  {
    name: 'an upload in chunks, with trailers',
    async run({ serve, reporter }) {
      const fields = { 'transfer-encoding': 'chunked', 'content-type': 'application/x-any', trailer: 'x-checksum' }
      const sent = `${head('POST', '/raw/continued', fields)}4\r\nsome\r\n3\r\nday\r\n0\r\nx-checksum: 7\r\n\r\n`
      expect(await exchange(await serve(), sent)).toContain('thanks')
      expect(await reporter.collected(1)).toMatchObject([
        { method: 'POST', statusCode: 200, outcome: 'ok', requestBytes: sent.length },
      ])
    },
  },
  {
    name: 'Expect: 100-continue',
    async run({ serve, reporter }) {
      const port = await serve()
      const fields = { expect: '100-continue', 'content-length': '4', 'content-type': 'application/x-any' }
      const client = await sendRaw(port, head('POST', '/raw/continued', fields))
      let answer = ''
      client.on('data', chunk => {
        if (answer === '') client.write('body')
        answer += chunk
      })
      await once(client, 'close')
      expect(await reporter.collected(1)).toMatchObject([{ method: 'POST', statusCode: 200, outcome: 'ok' }])
      expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n(?:.*\r\n)*HTTP\/1\.1 200 OK/)
    },
  },
  {
    name: 'keep-alive',
    async run({ serve, reporter }) {
      const port = await serve()
      const client = await sendRaw(port, head('GET', '/large', keepAlive))
      client.resume()
      await reporter.collected(1)
      const last = head('GET', '/orders/8')
      client.write(last)
      const [first, second] = await reporter.collected(2)
      expect(first?.responseBytes).toBeGreaterThan(LARGE_BYTES)
      expect(second).toMatchObject({ path: '/orders/8', requestBytes: last.length, outcome: 'ok', statusCode: 200 })
      expect(second?.responseBytes).toBeLessThan(1000)
    },
  },
  {
    name: 'pipelining',
    async run({ serve, reporter }) {
      const sent = [head('GET', '/orders/1', keepAlive), head('GET', '/nowhere', keepAlive), head('GET', '/orders/3')]
      const answer = await exchange(await serve(), sent.join(''))
      const records = await reporter.collected(3)
      expect(records).toMatchObject([
        { path: '/orders/1', statusCode: 200, outcome: 'ok' },
        { path: '/nowhere', statusCode: 404, outcome: 'ok' },
        { path: '/orders/3', statusCode: 200, outcome: 'ok' },
      ])
      const total = (field: 'requestBytes' | 'responseBytes') =>
        records.reduce((sum, { [field]: n }) => sum + (n ?? 0), 0)
      expect(total('requestBytes')).toBe(sent.join('').length)
      expect(total('responseBytes')).toBe(answer.length)
    },
  },
]
