/** What an application says too late, or where nothing can be sent, is not in the record: over HTTP/1 and HTTP/2. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { EVERYTHING } from '../../test/capture-server.ts'
import { collectingReporter } from '../../test/collecting-reporter.ts'
import { pumphouse } from '../adapters/http.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void
type Protocol = 'HTTP/1' | 'HTTP/2'

const TEXT = { 'content-type': 'text/plain' }

/** What a client gets, and what is recorded. */
async function ask(protocol: Protocol, handler: Handler) {
  const reporter = collectingReporter({ capture: EVERYTHING })
  const analytics = pumphouse({ reporter })
  const listener: Handler = (request, response) => {
    analytics(request, response)
    // What is written too late is an error of the stream, which is the application's.
    response.on('error', () => undefined)
    handler(request, response)
  }
  const server = protocol === 'HTTP/1' ? createServer(listener) : createHttp2Server(listener as never)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  onTestFinished(() => void server.close())
  const body = protocol === 'HTTP/1' ? await (await fetch(url)).text() : await askHttp2(url)
  const [record] = await reporter.collected(1)
  return { body, record, failures: reporter.hookErrors }
}

async function askHttp2(url: string): Promise<string> {
  const session = connect(url)
  let body = ''
  const stream = session.request({ ':path': '/' }).setEncoding('utf8')
  stream.on('error', () => undefined)
  stream.on('data', chunk => {
    body += chunk
  })
  await new Promise(resolve => stream.once('close', resolve))
  session.close()
  return body
}

describe.each<Protocol>(['HTTP/1', 'HTTP/2'])('over %s', protocol => {
  it('a status that is set after the head was sent', async () => {
    const { record } = await ask(protocol, (_request, response) => {
      response.writeHead(200, TEXT)
      response.write('x')
      response.statusCode = 500
      response.end()
    })
    expect(record).toMatchObject({ statusCode: 200, outcome: 'ok', responseHeaders: TEXT })
    expect(record?.['responseHeaders']).not.toHaveProperty(':status')
  })

  it('the headers of a second head', async () => {
    const { body, record } = await ask(protocol, (_request, response) => {
      response.writeHead(200, { ...TEXT, 'content-length': '2' })
      response.write('o')
      expect(() => response.writeHead(500, { 'content-type': 'image/png', 'content-length': '99' })).toThrow()
      response.end('k')
    })
    expect(body).toBe('ok')
    expect(record).toMatchObject({ statusCode: 200, responseContentLength: 2, responseBody: 'ok' })
    expect(record?.['responseHeaders']).toEqual({ ...TEXT, 'content-length': '2' })
  })

  it.each([204, 304])('the body of a reply with status %i', async status => {
    const { body, record } = await ask(protocol, (_request, response) => {
      response.statusCode = status
      response.setHeader('content-type', 'text/plain')
      response.end('nobody')
    })
    expect(body).toBe('')
    expect(record).toMatchObject({ statusCode: status, responseBody: undefined, responseBodyBytes: undefined })
    if (protocol === 'HTTP/2') expect(record).toMatchObject({ responseBytes: 0 })
  })

  it('what is written after the end', async () => {
    const { body, record } = await ask(protocol, (_request, response) => {
      response.writeHead(200, TEXT)
      response.end('first')
      response.end('second')
      response.write('third')
    })
    // HTTP/2 resets the stream for it.
    if (protocol === 'HTTP/1') expect(body).toBe('first')
    expect(record).toMatchObject({ responseBody: 'first', responseBodyBytes: 5 })
  })
})

it('headers that cannot be sent, before others that can', async () => {
  const { body, record, failures } = await ask('HTTP/1', (_request, response) => {
    expect(() => response.writeHead(200, { 'content-length': '777', 'x-bad': 'a\nb' })).toThrow()
    response.statusCode = 500
    response.end('oops')
  })
  expect(body).toBe('oops')
  expect(record).toMatchObject({ statusCode: 500, responseContentLength: undefined, outcome: 'error' })
  expect(record?.['responseHeaders']).not.toHaveProperty('x-bad')
  expect(failures).toEqual([])
})
