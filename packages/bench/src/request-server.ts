/**
 * The server of request-cost.ts, a process of its own so that its CPU time is that of the requests alone. Arguments: what to do about
 * requests, and the URL of Redis. Says its port; asked for `cpu`, its CPU time so far; on `end` it closes and says what was reported.
 */

import { createServer } from 'node:http'
import { createReporter } from '@pumphouse/reporter'
import { pumphouse } from '@pumphouse/reporter/http'

/** What the server says to the bench. */
export type ServerMessage = { readonly port: number } | { readonly cpuUs: number } | { readonly sent: number }

/** About 1 KB of JSON, as small replies of an API are. */
const REPLY = {
  orders: Array.from({ length: 10 }, (_, id) => ({ id, item: 'tea', note: 'x'.repeat(60), quantity: 2 })),
}

function main([mode = 'bare', redis = '']: readonly string[]): void {
  const poolSize = mode === 'same-thread' ? 0 : 1
  const reporter = mode === 'bare' ? undefined : createReporter({ service: 'bench', redis, poolSize })
  const analytics = reporter && pumphouse({ reporter, enrich: () => ({ route: '/orders/:id' }) })
  const server = createServer((request, response) => {
    analytics?.(request, response)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(REPLY))
  })

  process.on('message', message => {
    const { user, system } = process.cpuUsage()
    if (message === 'cpu') say({ cpuUs: user + system })
    else server.close(end)
  })

  async function end(): Promise<void> {
    const stats = await reporter?.close()
    say({ sent: stats?.sent ?? 0 })
    process.disconnect()
  }

  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    say({ port: typeof address === 'object' && address !== null ? address.port : 0 })
  })
}

function say(message: ServerMessage): void {
  process.send?.(message)
}

main(process.argv.slice(2))
