/** Requests of Express, which changes their prototypes: from the second of a server on they are looked at where Node hands them out. */

import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { until } from '@pumphouse/testkit'
import express, { type Express } from 'express'
import { expect, it } from 'vitest'
import { listen } from '../../test/capture-server.ts'
import { type CollectingReporter, collectingReporter } from '../../test/collecting-reporter.ts'
import { head, sendRaw } from '../../test/raw-client.ts'
import { type PumphouseExpressOptions, pumphouse } from '../adapters/express.ts'
import { instrument } from '../adapters/http.ts'
import type { RequestStart } from './request-start.ts'
import { markSeen } from './seen-request.ts'

const WAIT_MS = 60

/** Before this copy of the package hears of anything. */
const looksOfOthers: ((start: RequestStart) => void)[] = []
subscribe('http.server.request.start', message => {
  for (const look of looksOfOthers) look(message as RequestStart)
})

interface Served {
  readonly server: Server
  readonly url: string
  readonly port: number
  readonly reporter: CollectingReporter
  ask(path: string, init?: RequestInit): Promise<string>
}

/** A server that has had its first request. `before`: what the application uses in front of the reporter. */
async function serve(
  before: (app: Express) => void = () => undefined,
  options: Partial<PumphouseExpressOptions> = {},
): Promise<Served> {
  const reporter = collectingReporter()
  const app = express()
  before(app)
  app.use(pumphouse({ ...options, reporter }))
  app.all('/routes/:id', (_request, response) => void response.send('x'))
  const server = createServer(app)
  const url = await listen(server)
  const ask = async (path: string, init?: RequestInit): Promise<string> => (await fetch(url + path, init)).text()
  await ask('/routes/first')
  await reporter.collected(1)
  return { server, url, port: Number(new URL(url).port), reporter, ask }
}

/** What waits for a session, say, in front of the reporter. */
function waiting(app: Express): void {
  app.use('/routes/slow', (_request, _response, next) => void setTimeout(next, WAIT_MS))
}

it('a server that is instrumented later makes one record of each, and nobody warns', async () => {
  // Before anybody looks first.
  instrument(createServer(), { reporter: collectingReporter() })
  const { reporter, server, ask } = await serve()
  instrument(server, { reporter })
  await ask('/routes/second')
  await ask('/routes/third')
  const [, second, third] = await reporter.collected(3)
  for (const record of [second, third]) {
    expect(record).toMatchObject({ route: '/routes/:id', outcome: 'ok', responseContentLength: 1 })
  }
  expect(second?.['responseBytes']).toBe(third?.['responseBytes'])
  await wait(20)
  expect(reporter.records).toHaveLength(3)
  expect(reporter.warnings).toEqual([])
  expect(reporter.hookErrors).toEqual([])
})

it('a request has what it had without: its route, its bytes, its times', async () => {
  const { reporter, ask } = await serve()
  await ask('/routes/second', { method: 'POST', body: 'twelve bytes' })
  const [first, second] = await reporter.collected(2)
  expect(first).toMatchObject({ route: '/routes/:id', outcome: 'ok', statusCode: 200, clientIp: '127.0.0.1' })
  expect(second).toMatchObject({ ...first, ...second, method: 'POST', path: '/routes/second', route: '/routes/:id' })
  expect(second).toMatchObject({
    requestContentLength: 12,
    responseContentLength: 1,
    responseBytes: first?.['responseBytes'],
  })
  expect(Number(second?.['ttfbMs'])).toBeGreaterThan(0)
  expect(Number(second?.['durationMs'])).toBeGreaterThanOrEqual(Number(second?.['ttfbMs']))
})

it('what waited in front of the reporter counts', async () => {
  const { reporter, ask } = await serve(waiting)
  await ask('/routes/slow')
  const [, slow] = await reporter.collected(2)
  expect(Number(slow?.['durationMs'])).toBeGreaterThanOrEqual(WAIT_MS - 1)
  expect(slow).toMatchObject({ route: '/routes/:id', outcome: 'ok' })
})

it('one that waits while others come, and leaves, is told of with its end', async () => {
  let came = 0
  const { reporter, port, ask } = await serve(app => {
    app.use((_request, _response, next) => {
      came++
      next()
    })
    waiting(app)
  })
  const client = await sendRaw(port, head('GET', '/routes/slow'))
  await until('it came', () => came === 2)
  await ask('/routes/between')
  client.destroy()
  const [, between, left] = await reporter.collected(3)
  expect(between).toMatchObject({ path: '/routes/between', outcome: 'ok' })
  expect(left).toMatchObject({ path: '/routes/slow', outcome: 'aborted', statusCode: undefined })
  // Until it left, and not until the reporter saw it.
  expect(Number(left?.['durationMs'])).toBeLessThan(WAIT_MS)
  expect(Number(left?.['requestBytes'])).toBe(head('GET', '/routes/slow').length)
  expect(await reporter.requests.open.ended(0)).toBe(true)
})

it('one that is answered in front of the reporter makes no record, and is not charged to the next', async () => {
  const { reporter, port } = await serve(app => app.get('/health', (_request, response) => void response.send('ok')))
  const keepAlive = { connection: 'keep-alive' }
  const client = await sendRaw(port, head('GET', '/health', keepAlive))
  await once(client, 'data')
  client.write(head('GET', '/routes/next', keepAlive))
  const [, next] = await reporter.collected(2)
  expect(next).toMatchObject({ path: '/routes/next', requestBytes: head('GET', '/routes/next', keepAlive).length })
  await wait(20)
  expect(reporter.records).toHaveLength(2)
  client.destroy()
})

it('one that is skipped makes no record', async () => {
  const { reporter, ask } = await serve(undefined, { skip: ({ path }) => path === '/routes/skipped' })
  await ask('/routes/skipped')
  await ask('/routes/last')
  expect((await reporter.collected(2)).map(({ path }) => path)).toEqual(['/routes/first', '/routes/last'])
})

it('one that ended before the reporter saw it has no open record', async () => {
  let came = 0
  const reporter = collectingReporter({ openRecordAfterMs: 1 })
  const app = express()
  app.use((_request, _response, next) => {
    came++
    setTimeout(() => {
      // The timer of open records has its turn before what was put off comes.
      next()
      const until = performance.now() + WAIT_MS
      while (performance.now() < until);
    }, WAIT_MS)
  })
  app.use(pumphouse({ reporter }))
  const port = Number(new URL(await listen(createServer(app))).port)
  const leave = async (path: string, nth: number): Promise<void> => {
    const client = await sendRaw(port, head('GET', path))
    await until('it came', () => came === nth)
    client.destroy()
    await until('its record', () => reporter.records.some(record => record['path'] === path))
  }
  await leave('/first', 1)
  await leave('/second', 2)
  await wait(WAIT_MS)
  expect(reporter.records).toMatchObject([
    { path: '/first', outcome: 'aborted' },
    { path: '/second', outcome: 'aborted' },
  ])
  expect(reporter.records.filter(({ phase, requestId }) => phase !== undefined || requestId !== undefined)).toEqual([])
})

it('what was rewritten in front of the reporter is as it was rewritten, of the first and of those after it', async () => {
  const reporter = collectingReporter()
  const app = express()
  app.use(pumphouse({ reporter }))
  app.put('/routes/:id', (_request, response) => void response.send('x'))
  const url = await listen(
    createServer((request, response) => {
      request.url = String(request.url).replace('/api', '')
      request.method = 'PUT'
      request.headers.host = 'shop.test'
      app(request, response)
    }),
  )
  const rewritten = { method: 'PUT', host: 'shop.test', path: '/routes/1', route: '/routes/:id' }
  for (const n of [1, 2]) {
    await (await fetch(`${url}/api/routes/1`, { method: 'POST' })).text()
    expect((await reporter.collected(n))[n - 1]).toMatchObject(rewritten)
  }
})

it('a request that has neither a socket nor an application goes on', async () => {
  const reporter = collectingReporter()
  const analytics = pumphouse({ reporter })
  const url = await listen(
    createServer((request, response) => {
      Object.defineProperty(request, 'app', {
        get() {
          throw new Error('broken')
        },
      })
      const injected = Object.create(request, { socket: { value: null } })
      analytics(injected, response as never, () => void response.end('x'))
    }),
  )
  expect(await (await fetch(url)).text()).toBe('x')
  await reporter.collected(1)
  // Of the application, and of nothing else.
  expect(reporter.hookErrors.filter(hook => hook === 'observe')).toHaveLength(1)
})

it('the mark of another installed copy of the package stays', async () => {
  const seen = { owner: {}, reporter: collectingReporter(), awaitsFramework: true, skipped: false, additions: [] }
  const { reporter, server, ask } = await serve()
  // As that copy does, which heard of the request before.
  looksOfOthers.push(({ request, server: from }) => {
    if (from === server) markSeen(request, seen)
  })
  await ask('/routes/second')
  await wait(20)
  expect(reporter.records).toHaveLength(1)
  expect(seen.additions).toHaveLength(1)
})
