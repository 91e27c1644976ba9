/** What an application says too late, or where nothing can be sent, is not in the record: over HTTP/1 and HTTP/2. */

import type { RequestListener } from 'node:http'
import { connect } from 'node:http2'
import { describe, expect, it } from 'vitest'
import { type Protocol, serveOver } from '../../test/capture-server.ts'

const TEXT = { 'content-type': 'text/plain' }

/** What a client gets, and what is recorded. */
async function ask(protocol: Protocol, handler: RequestListener) {
  const { url, reporter } = await serveOver(protocol, (request, response) => {
    // What is written too late is an error of the stream, which is the application's.
    response.on('error', () => undefined)
    handler(request, response)
  })
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
