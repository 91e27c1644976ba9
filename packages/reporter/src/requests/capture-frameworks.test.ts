/** Capture in frameworks, with the parsers and the compression that applications have. */

import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import express from 'express'
import fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { EVERYTHING, listen } from '../../test/capture-server.ts'
import { collectingReporter } from '../../test/collecting-reporter.ts'
import { pumphouse as expressMiddleware } from '../adapters/express.ts'
import { pumphouse as fastifyPlugin } from '../adapters/fastify.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const compression = createRequire(import.meta.url)('compression') as (options: object) => express.RequestHandler

describe('a body', () => {
  it('is what body-parser of Express read, and what compression made of the answer', async () => {
    const reporter = collectingReporter({ capture: EVERYTHING })
    const app = express()
    app.use(expressMiddleware({ reporter }))
    app.use(compression({ threshold: 0 }))
    app.use(express.json())
    app.post('/orders', (request, response) => void response.json({ got: request.body.item }))
    const url = await listen(createServer(app))
    const sent = { method: 'POST', body: '{"item":"tea"}', headers: { ...JSON_TYPE, 'accept-encoding': 'gzip' } }
    expect(await (await fetch(`${url}/orders`, sent)).json()).toEqual({ got: 'tea' })
    await fetch(`${url}/orders`, { ...sent, headers: { ...JSON_TYPE, 'accept-encoding': 'identity' } }).then(answer =>
      answer.text(),
    )
    const [zipped, plain] = await reporter.collected(2)
    expect(zipped).toMatchObject({
      requestBody: '{"item":"tea"}',
      responseBody: undefined,
      responseBodyEncoding: 'gzip',
    })
    expect(plain).toMatchObject({ responseBody: '{"got":"tea"}', responseBodyBytes: 13, route: '/orders' })
  })

  it('is what the parser of Fastify read, and what a stream sent', async () => {
    const reporter = collectingReporter({ capture: EVERYTHING })
    const app = fastify()
    await app.register(fastifyPlugin, { reporter })
    app.post('/orders', request => ({ got: (request.body as { item: string }).item }))
    app.get('/stream', (_request, reply) => reply.type('text/plain').send(Readable.from(['one ', 'two'])))
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    const sent = { method: 'POST', body: '{"item":"tea"}', headers: JSON_TYPE }
    expect(await (await fetch(`${url}/orders`, sent)).json()).toEqual({ got: 'tea' })
    expect(await (await fetch(`${url}/stream`)).text()).toBe('one two')
    const [posted, streamed] = await reporter.collected(2)
    await app.close()
    expect(posted).toMatchObject({
      requestBody: '{"item":"tea"}',
      responseBody: '{"got":"tea"}',
      responseHeaders: { 'content-type': 'application/json; charset=utf-8' },
      responseContentLength: 13,
    })
    expect(streamed).toMatchObject({ responseBody: 'one two', responseBodyBytes: 7 })
  })
})
