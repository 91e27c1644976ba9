/** Headers, query and bodies in records, over real connections. */

import { createServer, type RequestListener } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { RECORD_FIELDS } from '@pumphouse/record'
import { describe, expect, it } from 'vitest'
import { EVERYTHING, listen, serve } from '../../test/capture-server.ts'
import { collectingReporter } from '../../test/collecting-reporter.ts'
import { pumphouse } from '../adapters/http.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

const echo: RequestListener = (request, response) => {
  response.setHeader('content-type', request.headers['content-type'] ?? 'text/plain')
  request.pipe(response)
}

describe('a request whose content is captured', () => {
  it('has its headers, its query and both bodies in the record', async () => {
    const { url, recorded } = await serve((request, response) => {
      response.setHeader('x-one', 'a')
      response.writeHead(201, { 'X-Two': 'b', 'set-cookie': ['c=1', 'd=2'], ...JSON_TYPE })
      request.pipe(response)
    })
    await (
      await fetch(`${url}/a?b=1&c=`, { method: 'POST', body: '{"d":"é"}', headers: { ...JSON_TYPE, 'x-in': 'y' } })
    ).text()
    expect(await recorded()).toMatchObject({
      path: '/a',
      query: 'b=1&c=',
      requestHeaders: { 'x-in': 'y', 'content-type': 'application/json' },
      responseHeaders: { 'x-one': 'a', 'x-two': 'b', 'set-cookie': ['c=1', 'd=2'] },
      requestBody: '{"d":"é"}',
      requestBodyBytes: 10,
      responseBody: '{"d":"é"}',
      responseBodyBytes: 10,
      requestBodyTruncated: undefined,
      responseBodyTruncated: undefined,
    })
  })

  it('has no field that is not declared with its meaning', async () => {
    const { url, recorded } = await serve(echo)
    await (await fetch(`${url}/?a=1`, { method: 'POST', body: 'x' })).text()
    const declared: ReadonlySet<string> = new Set(Object.keys(RECORD_FIELDS))
    expect(Object.keys(await recorded()).filter(name => !declared.has(name))).toEqual([])
  })

  it('keeps the beginning of a long body, cut between two characters, and says how long it was', async () => {
    const { url, recorded } = await serve(echo, { maxBodyBytes: 33 })
    const body = 'é'.repeat(1000)
    await (await fetch(url, { method: 'POST', body })).text()
    expect(await recorded()).toMatchObject({
      requestBody: 'é'.repeat(16),
      requestBodyBytes: 2000,
      requestBodyTruncated: true,
      responseBody: 'é'.repeat(16),
      responseBodyBytes: 2000,
      responseBodyTruncated: true,
    })
  })

  it('has the size alone of a body that is of another kind, or compressed, which it says', async () => {
    const { url, reporter } = await serve(echo)
    const zipped = gzipSync('{"a":1}')
    const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' }
    await (await fetch(url, { method: 'POST', body: zipped, headers })).text()
    await (await fetch(url, { method: 'POST', body: 'abc', headers: { 'content-type': 'image/png' } })).text()
    const [compressed, image] = await reporter.collected(2)
    expect(compressed).toMatchObject({
      requestBody: undefined,
      requestBodyBytes: zipped.length,
      requestBodyEncoding: 'gzip',
    })
    expect(image).toMatchObject({ requestBody: undefined, requestBodyBytes: 3, requestBodyEncoding: undefined })
  })

  it('is read in the charset that it names', async () => {
    const { url, recorded } = await serve(echo)
    const body = Buffer.from('caf\u00e9', 'latin1')
    const headers = { 'content-type': 'text/plain; charset=ISO-8859-1' }
    await (await fetch(url, { method: 'POST', body, headers })).arrayBuffer()
    expect(await recorded()).toMatchObject({ requestBody: 'café', responseBody: 'café' })
  })

  it('has what was written in every way that Node knows', async () => {
    const { url, recorded } = await serve((_request, response) => {
      response.setHeader('content-type', 'text/plain')
      response.write('a')
      response.write('62', 'hex')
      response.write(Buffer.from('c'), () => undefined)
      response.write(new Uint8Array([100]), 'utf8', () => undefined)
      response.end('e', () => response.emit('told'))
    })
    expect(await (await fetch(url)).text()).toBe('abcde')
    expect(await recorded()).toMatchObject({ responseBody: 'abcde', responseBodyBytes: 5 })
  })

  it('has no body where HTTP has none, and none of a path that is not named', async () => {
    const { url, reporter } = await serve((_request, response) => response.end('text'), { paths: ['/orders/*'] })
    await fetch(`${url}/orders/1`, { method: 'HEAD' })
    await fetch(`${url}/other?a=1`)
    const [head, other] = await reporter.collected(2)
    expect(head).toMatchObject({
      path: '/orders/1',
      responseBody: undefined,
      requestHeaders: { accept: '*/*' },
    })
    expect(other).toMatchObject({ path: '/other' })
    expect(other).not.toHaveProperty('query')
    expect(other).not.toHaveProperty('requestHeaders')
  })

  it('goes by the route that `enrich` says, and leaves what else it says as it is', async () => {
    const rules = [{ route: '/by-hand', query: true, responseBody: true, requestHeaders: true }]
    const none = {
      query: false,
      requestHeaders: false,
      requestBody: false,
      responseBody: false,
      responseHeaders: false,
    }
    const reporter = collectingReporter({ capture: { ...EVERYTHING, ...none, rules } })
    const analytics = pumphouse({
      reporter,
      enrich: ({ url }) =>
        url?.startsWith('/a') ? { route: '/by-hand', query: 'mine', requestHeaders: undefined } : {},
    })
    const url = await listen(
      createServer((request, response) => {
        analytics(request, response)
        response.setHeader('content-type', 'text/plain')
        response.end('answer')
      }),
    )
    await (await fetch(`${url}/a?b=1`)).text()
    await (await fetch(`${url}/other?b=1`)).text()
    const [first, second] = await reporter.collected(2)
    expect(first).toMatchObject({ route: '/by-hand', query: 'mine', responseBody: 'answer' })
    expect(first?.['requestHeaders']).toBeUndefined()
    expect(second).not.toHaveProperty('query')
    expect(second).not.toHaveProperty('responseBody')
  })

  it('of HTTP/2 counts what `end` hands to `write` once', async () => {
    const reporter = collectingReporter({ capture: EVERYTHING })
    const analytics = pumphouse({ reporter })
    const server = createHttp2Server((request, response) => {
      analytics(request, response)
      response.setHeader('content-type', 'text/plain')
      request.on('end', () => response.end('answer')).resume()
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const stream = session.request({ ':method': 'POST', 'content-type': 'text/plain' })
    stream.resume()
    stream.end('question')
    const [record] = await reporter.collected(1)
    expect(record).toMatchObject({ requestBody: 'question', responseBody: 'answer', responseBodyBytes: 6 })
    expect(Object.keys(record?.['requestHeaders'] as object)).not.toContain(':method')
    session.close()
    server.close()
  })
})
