/** Asks an application of Express, the reporter in front of it, over a real connection. */

import { createServer } from 'node:http'
import type { ErrorRequestHandler, Express } from 'express'
import { beforeEach } from 'vitest'
import { pumphouse } from '../src/adapters/express.ts'
import { listen } from './capture-server.ts'
import { type CollectingReporter, collectingReporter } from './collecting-reporter.ts'

const answerError: ErrorRequestHandler = (_error, _request, response, _next) => void response.status(500).send('failed')

/** To be called where tests are described: each of them has a reporter, and may serve one application. */
export function askingExpress(express: () => Express) {
  let url: string
  let reporter: CollectingReporter

  beforeEach(() => {
    reporter = collectingReporter()
  })

  /** Asks for each path of the application; resolves with their records. */
  async function ask(configure: (app: Express) => void, ...paths: readonly string[]) {
    const app = express()
    app.use(pumphouse({ reporter }))
    configure(app)
    app.use(pumphouse.errors())
    app.use(answerError)
    url = await listen(createServer(app))
    for (const [i, path] of paths.entries()) {
      await (await fetch(url + path)).text()
      await reporter.collected(i + 1)
    }
    return reporter.records
  }

  async function routes(configure: (app: Express) => void, ...paths: readonly string[]): Promise<unknown[]> {
    return (await ask(configure, ...paths)).map(({ route }) => route)
  }

  return { ask, routes, address: () => url, reporter: () => reporter }
}
