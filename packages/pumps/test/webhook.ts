import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createGunzip } from 'node:zlib'
import { onTestFinished } from 'vitest'

/** One request as it came in. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Unpacked. */
  readonly body: string
}

/** A status, and what is said with it; `cut` ends the connection instead, after the request was read. */
export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly cut?: boolean
}

/** A real HTTP server that does what a test says. */
export interface Webhook {
  readonly url: string
  readonly port: number
  readonly received: readonly Received[]
  /** What those requests held that were answered with a 2xx, in order. */
  records(): readonly Readonly<Record<string, unknown>>[]
  close(): Promise<void>
}

/** `answer` says what becomes of each request; default: 200. With `tls` (PEM) it speaks https. Closed when the test ends. */
export async function startWebhook(
  answer: (request: Received) => Reply = () => ({}),
  tls?: ServerOptions,
): Promise<Webhook> {
  const received: Received[] = []
  const taken: Received[] = []
  const listener: RequestListener = async (request, response) => {
    const packed = request.headers['content-encoding'] === 'gzip'
    const body = await text(packed ? request.pipe(createGunzip()) : request).catch(() => undefined)
    if (body === undefined) return
    const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body }
    if (one.method !== 'HEAD') received.push(one)
    const { status = 200, headers = {}, body: said = '', cut = false } = answer(one)
    if (status < 300 && one.method !== 'HEAD') taken.push(one)
    if (cut) request.socket.destroy()
    else response.writeHead(status, headers).end(said)
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    if (server.listening) await new Promise(resolve => server.close(resolve))
  }
  onTestFinished(close)
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/hook?token=hunter2`,
    port,
    received,
    records: () => taken.flatMap(recordsIn),
    close,
  }
}

function recordsIn({ headers, body }: Received): readonly Readonly<Record<string, unknown>>[] {
  if (headers['content-type'] === 'application/x-ndjson')
    return body
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
  const value = JSON.parse(body)
  return Array.isArray(value) ? value : [value]
}
