/** What is captured on its way through a real reporter: what is a secret in it stays behind, and what is open when the application closes arrives. */

import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { freePort, sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, expect, it } from 'vitest'
import { run } from '../../test/program.ts'
import { exchange, head, sendRaw } from '../../test/raw-client.ts'
import { readSet } from '../../test/read-set.ts'
import { spoolFiles } from '../../test/spool-files.ts'
import { instrument } from '../adapters/http.ts'
import { createReporter, type Reporter } from '../reporter.ts'

const redis = sharedServer(startRedis)
afterAll(() => redis.stop())

const SECRETS = ['hunter2', 'sekret-token', 'c00kie-value', 'sekret-answer', 'sekret-query']

async function serving(
  reporter: Reporter,
  listener: RequestListener,
  use: (port: number) => Promise<void>,
): Promise<void> {
  const server = createServer(listener)
  instrument(server, { reporter })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  await use((server.address() as AddressInfo).port)
  await reporter.close()
  server.closeAllConnections()
  server.close()
}

it('is in the set without the secrets in headers, query and bodies', async ctx => {
  const { url } = await redis.orSkip(ctx.skip)
  const capture = { requestHeaders: true, responseHeaders: true, query: true, requestBody: true, responseBody: true }
  const reporter = createReporter({ service: 's', redis: url, analytics: { name: 'captured' }, capture })
  const body = '{"user":"ann","password":"hunter2"}'
  const fields = {
    authorization: 'Bearer sekret-token',
    cookie: 'session=c00kie-value',
    'content-type': 'application/json',
    'content-length': String(body.length),
    'x-plain': 'to be seen',
  }
  const answer: RequestListener = (request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'application/json', 'set-cookie': 'session=c00kie-value' })
    response.end('{"order":7,"token":"sekret-answer"}')
  }
  await serving(reporter, answer, async port => {
    await exchange(port, head('POST', '/login?page=2&token=sekret-query', fields) + body)
  })
  const { records } = await readSet(url, 'captured')
  expect(records).toMatchObject([
    {
      path: '/login',
      query: expect.stringContaining('page=2'),
      requestHeaders: { 'x-plain': 'to be seen' },
      responseHeaders: { 'content-type': 'application/json' },
      requestBody: expect.stringContaining('"user":"ann"'),
      responseBody: expect.stringContaining('"order":7'),
      requestBodyBytes: body.length,
    },
  ])
  const shown = JSON.stringify(records)
  for (const secret of SECRETS) expect(shown).not.toContain(secret)
})

it('is the record of a stream that is open when the reporter closes, and the one that told of it before', async ctx => {
  const { url } = await redis.orSkip(ctx.skip)
  const options = {
    service: 's',
    redis: url,
    analytics: { name: 'streams' },
    openRecordAfter: '20ms',
    flushInterval: '20ms',
  }
  const reporter = createReporter(options)
  const stream: RequestListener = (_request, response) => void response.write('data: 1\n\n')
  await serving(reporter, stream, async port => {
    const client = await sendRaw(port, head('GET', '/events'))
    await new Promise(resolve => client.once('data', resolve))
    await expect.poll(() => reporter.stats().created, { timeout: 10_000 }).toBe(1)
  })
  const { records } = await readSet(url, 'streams')
  expect(records).toMatchObject([
    { path: '/events', phase: 'open', statusCode: 200 },
    { path: '/events', phase: 'close', statusCode: 200, outcome: 'shutdown' },
  ])
  expect(records[1]?.requestId).toBe(records[0]?.requestId)
})

it('is the record of a request that was under way when the process exited by itself, brought by the next one', async ctx => {
  const { url } = await redis.orSkip(ctx.skip)
  const disk = spoolFiles()
  const name = 'exited'
  const away = `redis://127.0.0.1:${await freePort()}`
  const options = { service: 's', redis: away, analytics: { name }, spool: { dir: disk.dir } }
  const http = new URL('../../dist/adapters/http.js', import.meta.url).href
  await run(`
    const { createServer, get } = await import('node:http')
    const { instrument } = await import(${JSON.stringify(http)})
    const server = createServer(() => process.exit(0))
    const { reporter } = instrument(server, { ...${JSON.stringify(options)}, onWarning: () => undefined })
    server.listen(0, '127.0.0.1', () => get({ port: server.address().port, path: '/hangs' }).on('error', () => undefined))
  `)
  disk.age(name)
  const next = createReporter({ ...options, redis: url })
  await until('nothing is left on disk', () => disk.folders(name).length === 0, 20_000)
  await next.close()
  expect((await readSet(url, name)).records).toMatchObject([{ path: '/hangs', outcome: 'shutdown' }])
  expect((await readSet(url, name)).records[0]?.statusCode).toBeUndefined()
  disk.remove()
})
