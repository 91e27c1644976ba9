/** What becomes of responses of Hono where there is no server of Node: those that cannot be watched, and byte streams. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Hono } from 'hono'
import { beforeEach, describe, expect, it } from 'vitest'
import { type CollectingReporter, collectingReporter } from '../../test/collecting-reporter.ts'
import { pumphouse } from './hono.ts'

let reporter: CollectingReporter
let app: Hono

beforeEach(() => {
  reporter = collectingReporter()
  app = new Hono().use(pumphouse({ reporter }))
})

describe('a response that cannot be made again', () => {
  /** What no application can make itself. A fetch makes it, also where the middleware of a server of Node has put another Response in place of the global one. */
  async function upstream(fields: Partial<Response>): Promise<Response> {
    const response = await fetch('data:,from%20above')
    for (const [name, value] of Object.entries(fields)) Object.defineProperty(response, name, { value })
    return response
  }

  it.each([
    ['a status above all', { status: 999 }, 'error'],
    ['a status that has no body', { status: 204 }, 'ok'],
    ['an upgrade', { status: 101 }, 'ok'],
    ['a reason that is none', { statusText: 'no\r\nreason' }, 'ok'],
  ])('goes out as it is, and is recorded: %s', async (_, fields, outcome) => {
    const response = await upstream(fields)
    app.get('/', () => response)
    const answered = await app.request('/')
    expect(answered).toBe(response)
    expect(reporter.records).toMatchObject([{ statusCode: answered.status, outcome, route: '/' }])
    expect(await answered.text()).toBe('from above')
    expect(reporter.hookErrors).toEqual([])
    expect(reporter.records).toHaveLength(1)
  })

  it('goes out as it came from a server above', async () => {
    const above = createServer((_request, response) => void response.writeHead(999).end('from above'))
    const listening = above.listen(0, '127.0.0.1')
    await once(listening, 'listening')
    const { port } = listening.address() as AddressInfo
    app.get('/', () => fetch(`http://127.0.0.1:${port}`))
    const response = await app.request('/')
    expect([response.status, await response.text()]).toEqual([999, 'from above'])
    expect(reporter.records).toMatchObject([{ statusCode: 999, outcome: 'error' }])
    above.closeAllConnections()
    above.close()
  })

  it('goes out as it is where streams are not what they were', async () => {
    const response = new Response('x')
    Object.defineProperty(response.body, 'getReader', {
      value() {
        throw new Error('changed')
      },
    })
    app.get('/', () => response)
    expect(await app.request('/')).toBe(response)
    expect(reporter.records).toMatchObject([{ statusCode: 200, outcome: 'ok' }])
  })

  it('is refused as without the reporter when its body was read', async () => {
    app.get('/', async () => {
      const response = new Response('x')
      await response.text()
      return response
    })
    expect((await app.request('/')).bodyUsed).toBe(true)
    expect(reporter.records).toMatchObject([{ statusCode: 200, outcome: 'ok' }])
  })

  it('goes out where the request cannot be marked', async () => {
    app.get('/', c => c.text('x'))
    const response = await app.request(Object.freeze(new Request('http://api.test/')))
    expect(await response.text()).toBe('x')
    expect(reporter.hookErrors).toEqual(['observe'])
  })
})

describe('a byte stream', () => {
  const CHUNKS = ['one', 'two']

  interface Source {
    pull?(controller: ReadableByteStreamController): void
    cancel?(reason: unknown): void
  }

  function byteStream(source: Source = {}): ReadableStream<Uint8Array> {
    const chunks = CHUNKS.map(chunk => new TextEncoder().encode(chunk))
    return new ReadableStream({
      type: 'bytes',
      pull(controller) {
        const chunk = chunks.shift()
        if (chunk) return controller.enqueue(chunk)
        controller.close()
        controller.byobRequest?.respond(0)
      },
      ...source,
    })
  }

  async function readerOf(body: ReadableStream<Uint8Array>): Promise<ReadableStreamBYOBReader> {
    app.get('/', () => new Response(body))
    const response = await app.request('/')
    return (response.body as ReadableStream<Uint8Array>).getReader({ mode: 'byob' })
  }

  it('can be read into memory of the reader, smaller than its chunks too, to its end', async () => {
    const reader = await readerOf(byteStream())
    const texts: string[] = []
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(2))
      if (done) break
      texts.push(new TextDecoder().decode(value))
    }
    expect(texts).toEqual(['on', 'e', 'tw', 'o'])
    expect(reporter.records).toMatchObject([{ outcome: 'ok', statusCode: 200 }])
  })

  it('fails as it did, and tells what makes it when its reader leaves', async () => {
    const failing = await readerOf(byteStream({ pull: controller => controller.error(new RangeError('broken')) }))
    await expect(failing.read(new Uint8Array(2))).rejects.toThrow('broken')
    let cancelled: unknown
    app = new Hono().use(pumphouse({ reporter }))
    const left = await readerOf(
      byteStream({
        cancel(reason) {
          cancelled = reason
        },
      }),
    )
    await left.read(new Uint8Array(2))
    await left.cancel('enough')
    expect(cancelled).toBe('enough')
    expect(reporter.records).toMatchObject([
      { outcome: 'stream_closed', errorName: 'RangeError' },
      { outcome: 'stream_closed' },
    ])
  })

  it('is none where it was none', async () => {
    await expect(readerOf(new ReadableStream())).rejects.toThrow(TypeError)
  })
})
