/** What becomes of an upload whose client leaves is said alike over HTTP/1 and HTTP/2. */

import type { RequestListener } from 'node:http'
import { connect } from 'node:http2'
import type { Outcome } from '@pumphouse/record'
import { describe, expect, it, onTestFinished } from 'vitest'
import { serveOver } from '../../test/capture-server.ts'
import { head, sendRaw } from '../../test/raw-client.ts'

const LENGTH = 1000
const CANCEL = 8
const whole = 'x'.repeat(LENGTH)
const part = 'some'

interface Case {
  readonly listener: RequestListener
  /** When the client leaves in the middle of its upload, and after it. */
  readonly inTheMiddle: Outcome
  readonly afterwards: Outcome
}

const reading: RequestListener = request => void request.on('error', () => undefined).resume()

const cases: Readonly<Record<string, Case>> = {
  'reads it and then answers': {
    listener: (request, response) =>
      void request
        .on('error', () => undefined)
        .on('end', () => response.end())
        .resume(),
    inTheMiddle: 'request_aborted',
    afterwards: 'ok',
  },
  'reads it and never answers': { listener: reading, inTheMiddle: 'request_aborted', afterwards: 'aborted' },
  'does not read it': { listener: () => undefined, inTheMiddle: 'request_aborted', afterwards: 'aborted' },
  'answers while it reads': {
    listener(request, response) {
      reading(request, response)
      response.write('begun')
    },
    inTheMiddle: 'request_aborted',
    afterwards: 'stream_closed',
  },
  'has answered': {
    listener(request, response) {
      reading(request, response)
      response.end('all')
    },
    inTheMiddle: 'ok',
    afterwards: 'ok',
  },
}

/** Sends the body and leaves when the server has read it from its socket. */
type Leave = (url: string, body: string, arrived: Promise<void>) => Promise<void>

const leaving: Readonly<Record<string, Leave>> = {
  'HTTP/1': async (url, body, arrived) => {
    const client = await sendRaw(
      Number(new URL(url).port),
      `${head('POST', '/', { 'content-length': `${LENGTH}` })}${body}`,
    )
    await arrived
    client.destroy()
  },
  'HTTP/2, a stream that is reset': (url, body, arrived) =>
    leaveHttp2(url, body, arrived, stream => stream.close(CANCEL)),
  'HTTP/2, a connection that is lost': (url, body, arrived) =>
    leaveHttp2(url, body, arrived, stream => stream.session?.destroy()),
}

async function leaveHttp2(
  url: string,
  body: string,
  arrived: Promise<void>,
  leave: (stream: ReturnType<ReturnType<typeof connect>['request']>) => void,
): Promise<void> {
  const session = connect(url).on('error', () => undefined)
  onTestFinished(() => session.destroy())
  const stream = session.request({ ':method': 'POST', 'content-length': LENGTH }).on('error', () => undefined)
  stream.resume()
  if (body === whole) stream.end(body)
  else stream.write(body)
  await arrived
  // What was sent before it has come in when it is answered.
  await new Promise<void>(resolve => session.ping(() => resolve()))
  leave(stream)
}

describe.each(Object.entries(leaving))('over %s', (protocol, leave) => {
  it.each(Object.entries(cases))('where the application %s', async (_, { listener, inTheMiddle, afterwards }) => {
    for (const [body, outcome] of [
      [part, inTheMiddle],
      [whole, afterwards],
    ] as const) {
      let arrive = (): void => undefined
      const arrived = new Promise<void>(resolve => {
        arrive = resolve
      })
      const { url, reporter } = await serveOver(protocol === 'HTTP/1' ? 'HTTP/1' : 'HTTP/2', (request, response) => {
        listener(request, response)
        arrive()
      })
      await leave(url, body, arrived)
      expect(await reporter.collected(1)).toMatchObject([{ outcome }])
    }
  })
})
