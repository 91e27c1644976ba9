/** What is Node's own; what all adapters have in common is in adapters.slow.test.ts. */

import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server, type Http2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { until } from '@pumphouse/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CollectingReporter, collectingReporter } from '../../test/collecting-reporter.ts'
import { exchange, head, sendRaw } from '../../test/raw-client.ts'
import { createReporter } from '../reporter.ts'
import { instrument, pumphouse } from './http.ts'

let reporter: CollectingReporter
let server: Server | Http2Server | undefined

beforeEach(() => {
  reporter = collectingReporter()
})
afterEach(() => {
  if (server && 'closeAllConnections' in server) server.closeAllConnections()
  server?.close()
})

/** Resolves with the port. */
async function listen(made: Server | Http2Server): Promise<number> {
  server = made
  await new Promise<void>(resolve => made.listen(0, '127.0.0.1', resolve))
  return (made.address() as AddressInfo).port
}

describe('the observer of requests', () => {
  function serve(listener: RequestListener): Promise<number> {
    const analytics = pumphouse({ reporter })
    return listen(
      createServer((request, response) => {
        analytics(request, response)
        listener(request, response)
      }),
    )
  }

  it('calls a status of 500 or more an error, and what is below it ok', async () => {
    const port = await serve((request, response) => {
      response.statusCode = Number(request.url?.slice(1))
      response.end()
    })
    for (const status of [404, 499, 500, 503]) await exchange(port, head('GET', `/${status}`))
    const records = await reporter.collected(4)
    expect(records.map(({ statusCode, outcome }) => [statusCode, outcome])).toEqual([
      [404, 'ok'],
      [499, 'ok'],
      [500, 'error'],
      [503, 'error'],
    ])
  })

  it('takes the time to the first byte from the head of the response', async () => {
    const port = await serve((_request, response) => setTimeout(() => response.end('hello'), 20))
    await exchange(port, head('GET', '/'))
    const [record] = await reporter.collected(1)
    expect(record?.ttfbMs).toBeGreaterThanOrEqual(18)
  })

  it('keeps the return value, the arguments and the reason phrase of writeHead', async () => {
    const port = await serve((_request, response) => {
      expect(response.writeHead(201, 'Made', { 'x-a': 'b' })).toBe(response)
      expect(() => response.writeHead(500)).not.toThrow(TypeError)
      response.end()
    })
    expect(await exchange(port, head('GET', '/'))).toMatch(/^HTTP\/1.1 201 Made\r\nx-a: b\r\n/)
  })
})

it('a skip that is changed while running counts from the next request on', async () => {
  const own = createReporter({ service: 's', redis: 'redis://127.0.0.1:1', poolSize: 0, onWarning: () => undefined })
  const analytics = pumphouse({ reporter: own, skip: ({ url }) => url === '/first' })
  const port = await listen(
    createServer((request, response) => {
      analytics(request, response)
      response.end('x')
    }),
  )
  async function created(...paths: string[]): Promise<number> {
    const before = own.stats().created
    for (const path of paths) await exchange(port, head('GET', path))
    return own.stats().created - before
  }
  expect(await created('/first', '/second')).toBe(1)
  own.update({ skip: request => (request as IncomingMessage).url === '/second' })
  expect(await created('/first', '/second', '/second')).toBe(1)
  own.update({ skip: undefined })
  expect(await created('/first', '/second')).toBe(1)
  await own.close({ timeout: 0 })
})

it('a request that two installed copies of this package see makes one record', async () => {
  const copy: typeof import('./http.ts') = await import(new URL('../../dist/adapters/http.js', import.meta.url).href)
  expect(copy.pumphouse).not.toBe(pumphouse)
  const other = collectingReporter()
  const watchers = [pumphouse({ reporter }), copy.pumphouse({ reporter: other, enrich: () => ({ username: 'ann' }) })]
  const port = await listen(
    createServer((request, response) => {
      for (const watch of watchers) watch(request, response)
      response.end('x')
    }),
  )
  await exchange(port, head('GET', '/a'))
  await exchange(port, head('GET', '/b'))
  expect(await reporter.collected(2)).toMatchObject([
    { path: '/a', username: 'ann' },
    { path: '/b', username: 'ann' },
  ])
  expect([reporter.warnings, other.warnings, other.records]).toEqual([[], ['PH_REPORTER_TWICE'], []])
})

it('two installed copies on one server leave a CONNECT that nobody wants as Node does', async () => {
  const copy: typeof import('./http.ts') = await import(new URL('../../dist/adapters/http.js', import.meta.url).href)
  const made = createServer()
  instrument(made, { reporter })
  copy.instrument(made, { reporter: collectingReporter() })
  expect(await exchange(await listen(made), head('CONNECT', 'a.test:443'))).toBe('')
})

describe('requests on a connection of which some are not observed', () => {
  const BIG = 'x'.repeat(100_000)
  const keepAlive = { connection: 'keep-alive' }

  /** What is recorded of a request that comes after one that another part of the application answers. */
  async function after(others: string, sent: string) {
    const observe = pumphouse({ reporter })
    const server = createServer(async (request, response) => {
      if (request.url !== '/big') observe(request, response)
      for await (const _ of request);
      response.end(request.url === '/big' ? BIG : 'x')
    })
    const client = await sendRaw(await listen(server), others)
    let answer = ''
    client.on('data', chunk => {
      answer += chunk
    })
    await until('the others are answered', () => answer.includes(BIG))
    answer = ''
    client.write(sent)
    const records = await reporter.collected(others.includes('/first') ? 2 : 1)
    await until('it is answered', () => answer.endsWith('x'))
    client.destroy()
    return { record: records.at(-1), answer }
  }

  const big = `${head('POST', '/big', { ...keepAlive, 'content-length': `${BIG.length}` })}${BIG}`

  it.each(['', head('GET', '/first', keepAlive)])('have their own bytes, after %j', async first => {
    const sent = `${head('POST', '/api', { ...keepAlive, 'content-length': '4' })}body`
    const { record, answer } = await after(first + big, sent)
    expect(record).toMatchObject({ path: '/api', requestBytes: sent.length, responseBytes: answer.length })
  })

  it('have no size where it was not declared', async () => {
    const sent = `${head('POST', '/api', { ...keepAlive, 'transfer-encoding': 'chunked' })}1\r\nx\r\n0\r\n\r\n`
    const { record, answer } = await after(big, sent)
    expect(record).toMatchObject({ requestBytes: undefined, responseBytes: answer.length })
  })
})

it('a 100 Continue belongs to the reply that it begins', async () => {
  const observe = pumphouse({ reporter })
  const server = createServer((request, response) => {
    observe(request, response)
    request.resume().once('end', () => response.end('x'))
  })
  const sent = `${head('POST', '/', { expect: '100-continue', 'content-length': '4' })}body`
  const answer = await exchange(await listen(server), sent)
  expect(await reporter.collected(1)).toMatchObject([{ requestBytes: sent.length, responseBytes: answer.length }])
})

describe('a server that is instrumented', () => {
  it('records each request once, also one that a listener hands to another', async () => {
    const made = createServer((_request, response) => response.end('x'))
    made.on('checkContinue', (request, response) => made.emit('request', request, response))
    instrument(made, { reporter })
    await exchange(await listen(made), head('POST', '/', { expect: '100-continue', 'content-length': '0' }))
    expect(await reporter.collected(1)).toHaveLength(1)
    expect(reporter.warnings).toEqual([])
  })

  it('goes on to answer 100 Continue by itself where the application does not', async () => {
    const made = createServer((request, response) => void request.resume().once('end', () => response.end('x')))
    instrument(made, { reporter })
    const sent = `${head('POST', '/', { expect: '100-continue', 'content-length': '4' })}body`
    expect(await exchange(await listen(made), sent)).toMatch(/^HTTP\/1.1 100 Continue\r\n/)
    expect(await reporter.collected(1)).toMatchObject([{ statusCode: 200 }])
  })

  it('of HTTP/2 records every request of a session', async () => {
    const made = createHttp2Server((_request, response) => response.end('x'))
    instrument(made, { reporter })
    const session = connectHttp2(`http://127.0.0.1:${await listen(made)}`)
    for (const path of ['/a', '/b']) session.request({ ':path': path }).resume()
    const records = await reporter.collected(2)
    expect(records.map(({ path }) => path)).toEqual(['/a', '/b'])
    session.destroy()
  })
})

it.each([
  ['pumphouse() without options', () => pumphouse(undefined as never)],
  ['instrument() without options', () => instrument(createServer(), undefined as never)],
  ['instrument() without a server', () => instrument(undefined as never, { reporter })],
  ['instrument() of an application', () => instrument((() => undefined) as never, { reporter })],
])('%s is refused', (_, work) => {
  expect(work).toThrow(expect.objectContaining({ code: 'PH_CONFIG_INVALID' }))
})
