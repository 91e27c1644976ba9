import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'
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

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

/** Its URL; it is closed after the test. */
export async function listen(server: Server): Promise<string> {
  servers.push(server)
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
  const reporter = collectingReporter({ capture: { ...EVERYTHING, ...capture } })
  const analytics = pumphouse({ reporter })
  const server = createServer((request, response) => {
    analytics(request, response)
    listener(request, response)
  })
  return {
    url: await listen(server),
    reporter,
    recorded: async () => (await reporter.collected(1))[0] as Record<string, unknown>,
  }
}
