/** Nobody notices who looks on: neither the application nor its clients. */

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '@pumphouse/testkit'
import { describe, expect, it } from 'vitest'
import { listen, serve } from '../../test/capture-server.ts'
import { collectingReporter } from '../../test/collecting-reporter.ts'
import { sendRaw } from '../../test/raw-client.ts'
import { pumphouse } from '../adapters/http.ts'

const LARGE = 5_000_000

describe('whoever looks on', () => {
  it('leaves return values, and the number of arguments that callbacks and encodings come as, alone', async () => {
    const plain: unknown[] = []
    const seen: unknown[] = []
    const listener =
      (notes: unknown[]): RequestListener =>
      (_request, response) => {
        notes.push(response.write('a'), response.write(Buffer.alloc(LARGE)), response.writableNeedDrain)
        response.end(() => notes.push('ended'))
        notes.push(response.writableEnded)
      }
    await (await fetch(await listen(createServer(listener(plain))))).arrayBuffer()
    await (await fetch((await serve(listener(seen))).url)).arrayBuffer()
    await until('both to have ended', () => plain.length === 5 && seen.length === 5)
    expect(seen).toEqual(plain)
    expect(seen).toEqual([true, false, true, true, 'ended'])
  })

  it('does not start the flow of a request that nobody reads, nor read in place of who does later', async () => {
    let flowing: unknown
    const { url, recorded } = await serve(async (request, response) => {
      await sleep(50)
      flowing = [request.readableFlowing, request.listenerCount('data')]
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      response.end(createHash('sha256').update(Buffer.concat(chunks)).digest('hex'))
    })
    const body = Buffer.alloc(LARGE, 'abc')
    const digest = await (await fetch(url, { method: 'POST', body, headers: { 'content-type': 'text/plain' } })).text()
    expect(flowing).toEqual([null, 0])
    expect(digest).toBe(createHash('sha256').update(body).digest('hex'))
    expect(await recorded()).toMatchObject({ requestBodyBytes: LARGE, requestBodyTruncated: true })
  })

  it('lets a slow reader slow the writer down as before', async () => {
    let produced = 0
    const { url, recorded } = await serve((_request, response) => {
      response.setHeader('content-type', 'text/plain')
      const source = new Readable({
        read() {
          produced += 65_536
          this.push(produced > 50_000_000 ? null : Buffer.alloc(65_536, 'x'))
        },
      })
      pipeline(source, response).catch(() => undefined)
    })
    const client = await sendRaw(Number(new URL(url).port), 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
    client.pause()
    let last = -1
    await until('the writer to wait', async () => {
      const still = produced === last
      last = produced
      await sleep(50)
      return still && produced > 0
    })
    expect(produced).toBeLessThan(40_000_000)
    client.resume()
    await once(client, 'close')
    const record = await recorded()
    expect(record['responseBodyBytes']).toBe(50_000_000 - (50_000_000 % 65_536))
    expect(record['responseBody']).toBe('x'.repeat(64))
  })

  it('costs nothing when nothing is to be captured: no method of the exchange is replaced but writeHead', async () => {
    const reporter = collectingReporter()
    const analytics = pumphouse({ reporter })
    let own: string[] = []
    const url = await listen(
      createServer((request, response) => {
        const before = new Set([...Object.keys(request), ...Object.keys(response)])
        analytics(request, response)
        own = [...Object.keys(request), ...Object.keys(response)].filter(key => !before.has(key))
        response.end()
      }),
    )
    await fetch(url)
    expect(own).toEqual(['writeHead'])
  })
})
