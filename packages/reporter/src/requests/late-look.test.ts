/** Requests that end before they come to the reporter: what stands before it waits, for a session or a limit, while the client leaves or is answered. */

import { createServer, type RequestListener } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { until } from '@pumphouse/testkit'
import { describe, expect, it } from 'vitest'
import { listen, type Protocol } from '../../test/capture-server.ts'
import { type CollectingReporter, collectingReporter } from '../../test/collecting-reporter.ts'
import { head } from '../../test/raw-client.ts'
import { pumphouse } from '../adapters/http.ts'

/** What happens to a request before it comes to the reporter. */
type Before = (request: Parameters<RequestListener>[0], response: Parameters<RequestListener>[1]) => void

async function serve(protocol: Protocol, before: Before) {
  const reporter = collectingReporter()
  const analytics = pumphouse({ reporter })
  let came = 0
  const listener: RequestListener = (request, response) => {
    came++
    before(request, response)
    response.once('close', () =>
      setTimeout(() => {
        analytics(request, response)
        // As an application does that knows nothing of it.
        if (!response.writableEnded) response.on('error', () => undefined).end('too late')
      }, 20),
    )
  }
  const server = protocol === 'HTTP/1' ? createServer(listener) : createHttp2Server(listener as never)
  const url = new URL(await listen(server))
  return { reporter, url, came: () => came }
}

/** Asks and leaves as soon as it was heard. */
async function leave(protocol: Protocol, url: URL, came: () => number): Promise<void> {
  if (protocol === 'HTTP/1') {
    const client = connect(Number(url.port), url.hostname)
    client.write(head('GET', '/left'))
    await until('the request came', () => came() === 1)
    client.destroy()
    return
  }
  const session = connectHttp2(url)
  const stream = session.request({ ':path': '/left' }).on('error', () => undefined)
  await until('the request came', () => came() === 1)
  stream.close()
  session.close()
}

async function ask(protocol: Protocol, url: URL): Promise<void> {
  if (protocol === 'HTTP/1') {
    await (await fetch(new URL('/answered', url))).text()
    return
  }
  const session = connectHttp2(url)
  const stream = session.request({ ':path': '/answered' }).resume()
  await new Promise(resolve => stream.once('close', resolve))
  session.close()
}

async function isHeldOnTo(reporter: CollectingReporter): Promise<boolean> {
  return !(await reporter.requests.open.ended(0))
}

describe.each<Protocol>(['HTTP/1', 'HTTP/2'])('over %s', protocol => {
  it('a client that left', async () => {
    const { reporter, url, came } = await serve(protocol, () => undefined)
    await leave(protocol, url, came)
    const [record] = await reporter.collected(1)
    expect(record).toMatchObject({ path: '/left', outcome: 'aborted' })
    expect(record?.['statusCode']).toBeUndefined()
    expect(await isHeldOnTo(reporter)).toBe(false)
  })

  it('a request that was answered', async () => {
    const { reporter, url } = await serve(protocol, (_request, response) => void response.end('x'))
    await ask(protocol, url)
    const [record] = await reporter.collected(1)
    expect(record).toMatchObject({ path: '/answered', outcome: 'ok', statusCode: 200 })
    expect(record?.['responseBytes']).toBeUndefined()
    expect(await isHeldOnTo(reporter)).toBe(false)
    // Once.
    await wait(30)
    expect(reporter.records).toHaveLength(1)
  })
})
