/** Whoever reads and writes slowly is waited for as without the reporter, over HTTP/1 and HTTP/2, also where bodies are captured. */

import { once } from 'node:events'
import { type IncomingMessage, request as requestHttp1, type ServerResponse } from 'node:http'
import { connect } from 'node:http2'
import { type Duplex, PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '@pumphouse/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Protocol, serveOver } from '../../test/capture-server.ts'

const CHUNK = Buffer.alloc(64 * 1024, 'x')
/** Far more than sockets and streams hold between a client and a server of one machine. */
const CHUNKS = 512
const TYPE = { 'content-type': 'text/plain' }
/** Long enough for a body to come in that nobody holds back. */
const STILL_MS = 200

/** What a client writes its request to, and reads its response from. */
interface Conversation {
  readonly upload: NodeJS.WritableStream
  readonly download: Duplex
}

/** Opens a POST whose response is not read before somebody reads `download`. */
function open(protocol: Protocol, url: string): Conversation {
  if (protocol === 'HTTP/2') {
    const session = connect(url)
    onTestFinished(() => session.destroy())
    const stream = session.request({ ':method': 'POST', ...TYPE })
    return { upload: stream, download: stream }
  }
  const upload = requestHttp1(url, { method: 'POST', headers: TYPE })
  const download = new PassThrough({ highWaterMark: 1 })
  upload.on('response', response => response.pipe(download))
  upload.flushHeaders()
  return { upload, download }
}

describe.each<Protocol>(['HTTP/1', 'HTTP/2'])('over %s', protocol => {
  it('an upload that nobody reads yet waits, and is whole when it is read', async () => {
    let takeIt: (request: IncomingMessage, response: ServerResponse) => void = () => undefined
    const arrived = new Promise<[IncomingMessage, ServerResponse]>(resolve => {
      takeIt = (...both) => resolve(both)
    })
    const { url, reporter } = await serveOver(protocol, takeIt)
    const { upload, download } = open(protocol, url)
    let accepted = 0
    for (let i = 0; i < CHUNKS; i++) upload.write(CHUNK, () => accepted++)
    const [request, response] = await arrived
    await sleep(STILL_MS)
    expect(accepted).toBeLessThan(CHUNKS)
    expect(request).toMatchObject({ readableFlowing: null })
    expect(request.listenerCount('data')).toBe(0)
    expect(request.readableLength).toBeLessThan((CHUNKS * CHUNK.length) / 4)

    upload.end()
    let read = 0
    for await (const chunk of request) read += (chunk as Buffer).length
    expect(read).toBe(CHUNKS * CHUNK.length)
    response.end('done')
    download.resume()
    expect(await reporter.collected(1)).toMatchObject([
      { outcome: 'ok', requestBodyBytes: read, requestBodyTruncated: true },
    ])
  })

  it('an application is told to wait for a client that does not read, and when to go on', async () => {
    const told: boolean[] = []
    let drained = 0
    const { url, reporter } = await serveOver(protocol, async (request, response) => {
      request.resume()
      response.writeHead(200, TYPE)
      response.on('drain', () => drained++)
      for (let i = 0; i < CHUNKS; i++) {
        const goOn = response.write(CHUNK)
        told.push(goOn)
        if (!goOn) await once(response, 'drain')
      }
      response.end()
    })
    const { upload, download } = open(protocol, url)
    upload.end()
    await until('the application is told to wait', () => told.includes(false))
    await sleep(STILL_MS)
    expect(told.length).toBeLessThan(CHUNKS)

    let read = 0
    for await (const chunk of download) read += (chunk as Buffer).length
    expect(read).toBe(CHUNKS * CHUNK.length)
    expect(told).toHaveLength(CHUNKS)
    expect(drained).toBe(told.filter(goOn => !goOn).length)
    expect(await reporter.collected(1)).toMatchObject([
      { outcome: 'ok', responseBodyBytes: read, responseBodyTruncated: true },
    ])
  })
})
