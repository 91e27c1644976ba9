import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttp2Server, type Http2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { pumphouse } from '../src/adapters/http.ts'
import type { CaptureSettings } from '../src/capture-option.ts'
import { type CollectingReporter, collectingReporter } from './collecting-reporter.ts'

/** Captures all there is, and little of each body. */
export const EVERYTHING: CaptureSettings = {
  requestHeaders: true,
  responseHeaders: true,
  query: true,
  requestBody: true,
  responseBody: true,
  contentTypes: ['application/json', 'text/*'],
  maxBodyBytes: 64,
  paths: [],
  rules: [],
}

/** Its URL; it is closed after the test. */
export async function listen(server: Server | Http2Server): Promise<string> {
  onTestFinished(() => {
    server.close()
    if ('closeAllConnections' in server) server.closeAllConnections()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A server whose requests are captured, its URL, and where their records go. */
export async function serve(
  listener: RequestListener,
  capture: Partial<CaptureSettings> = {},
): Promise<{
  readonly url: string
  readonly reporter: CollectingReporter
  recorded(): Promise<Record<string, unknown>>
}> {
  const { url, reporter } = await serveOver('HTTP/1', listener, capture)
  return {
    url,
    reporter,
    recorded: async () => (await reporter.collected(1))[0] as Record<string, unknown>,
  }
}

/** What a server speaks: HTTP/2 without TLS, by Node's compatibility API. */
export type Protocol = 'HTTP/1' | 'HTTP/2'

/** The same over either protocol. */
export async function serveOver(
  protocol: Protocol,
  listener: RequestListener,
  capture: Partial<CaptureSettings> = {},
): Promise<{ readonly url: string; readonly reporter: CollectingReporter }> {
  const reporter = collectingReporter({ capture: { ...EVERYTHING, ...capture } })
  const analytics = pumphouse({ reporter })
  const observed: RequestListener = (request, response) => {
    analytics(request, response)
    listener(request, response)
  }
  const server = protocol === 'HTTP/1' ? createServer(observed) : createHttp2Server(observed as never)
  return { url: await listen(server), reporter }
}
