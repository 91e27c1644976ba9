/** What an application does with Node's own response: the same in every framework. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createGzip } from 'node:zlib'

const BODY = 'a'.repeat(2000)

/** By the name that comes after `/raw/`. */
export const rawScenarios: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
  destroy: (_request, response) => response.destroy(),
  cut(_request, response) {
    response.write(BODY)
    setImmediate(() => response.destroy())
  },
  empty: (_request, response) => void response.writeHead(204).end(),
  unchanged: (_request, response) => void response.writeHead(304, { etag: '"7"' }).end(),
  range(_request, response) {
    response.writeHead(206, { 'content-range': `bytes 0-9/${BODY.length}`, 'content-length': '10' })
    response.end(BODY.slice(0, 10))
  },
  gzip(_request, response) {
    response.setHeader('content-encoding', 'gzip')
    const gzip = createGzip()
    gzip.pipe(response)
    gzip.end(BODY)
  },
  trailers(_request, response) {
    response.writeHead(200, { trailer: 'x-checksum' })
    response.write(BODY)
    response.addTrailers({ 'x-checksum': '7' })
    response.end()
  },
  hints(_request, response) {
    response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' })
    response.end(BODY)
  },
  refusal: (_request, response) => void response.writeHead(413).end(),
  continued(request, response) {
    request.resume().once('end', () => response.end('thanks'))
  },
}

/** For an application: runs the scenario that the last segment of the path names. */
export function runScenario(request: IncomingMessage, response: ServerResponse): void {
  const name = request.url?.split('/').at(-1) ?? ''
  rawScenarios[name]?.(request, response)
}
