/**
 * Where the peers of the questions overhead-* send what they recorded: takes everything, answers at once, and counts the requests that it was told of.
 * Each format is counted by what stands for one request in it.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

export interface Sink {
  readonly url: string
  /** Requests told of so far. */
  readonly requests: number
  close(): void
}

export async function startSink(): Promise<Sink> {
  let requests = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const bytes = Buffer.concat(chunks)
      const body = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString()
      requests += countRequests(request.url ?? '', body)
      response.writeHead(201, { 'content-type': 'application/json' }).end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests
    },
    close: () => void server.close().closeAllConnections(),
  }
}

function countRequests(path: string, body: string): number {
  // OTLP: a request is a span of kind SERVER, which is 2.
  if (path.startsWith('/v1/traces')) return body.split('"kind":2').length - 1
  // Moesif: an event has one request.
  if (path.startsWith('/v1/events')) return body.split('"request":').length - 1
  // Apitally: sums of requests by route and status.
  if (!path.endsWith('/sync')) return 0
  return [...body.matchAll(/"request_count":(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0)
}
