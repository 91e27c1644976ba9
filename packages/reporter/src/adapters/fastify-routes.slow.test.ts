/** The routes of Fastify, whatever they are made of. */

import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { afterEach, expect, it } from 'vitest'
import { collectingReporter } from '../../test/collecting-reporter.ts'
import { pumphouse } from './fastify.ts'

let app: FastifyInstance
afterEach(() => app.close())

/** Asks for each path in turn; resolves with their records. */
async function ask(
  configure: (app: FastifyInstance) => unknown,
  requests: readonly string[],
  settings: FastifyServerOptions = {},
) {
  const reporter = collectingReporter()
  app = fastify(settings)
  await app.register(pumphouse, { reporter })
  await configure(app)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  for (const [i, request] of requests.entries()) {
    const [method = '', path] = request.split(' ')
    await (await fetch(url + path, { method })).text()
    await reporter.collected(i + 1)
  }
  return reporter.records
}

const answer = () => 'x'

it('are named by their templates: wildcards, patterns, options, prefixes in prefixes', async () => {
  const configure = async (it: FastifyInstance) => {
    it.get('/files/*', answer)
    it.get('/at/:hour(^\\d{2})h', answer)
    it.get('/maybe/:id?', answer)
    await it.register(
      async outer => void outer.register(async inner => void inner.get('/', answer), { prefix: '/inner' }),
      { prefix: '/outer/:tenant' },
    )
  }
  const records = await ask(configure, ['GET /files/a/b', 'GET /at/12h', 'GET /maybe', 'GET /outer/5/inner/'])
  expect(records.map(({ route }) => route)).toEqual([
    '/files/*',
    '/at/:hour(^\\d{2})h',
    '/maybe/:id?',
    '/outer/:tenant/inner',
  ])
})

it('are absent where none matched, whoever answers', async () => {
  const configure = async (it: FastifyInstance) => {
    it.get('/orders', answer)
    it.setNotFoundHandler((_request, reply) => reply.code(404).send('nothing here'))
    const inner = async (scope: FastifyInstance) =>
      void scope.setNotFoundHandler((_request, reply) => reply.code(410).send('gone'))
    await it.register(inner, { prefix: '/old' })
  }
  expect(await ask(configure, ['GET /nowhere', 'GET /old/orders', 'PUT /orders', 'OPTIONS /orders'])).toMatchObject([
    { route: undefined, statusCode: 404 },
    { route: undefined, statusCode: 410 },
    { route: undefined, statusCode: 404 },
    { route: undefined, statusCode: 404 },
  ])
})

it('are there when a hook or the validation answers for the handler, and when an error handler does', async () => {
  const configure = (it: FastifyInstance) => {
    it.get('/hooked/:id', { onRequest: async (_request, reply) => reply.code(401).send('no') }, answer)
    it.get(
      '/validated/:id',
      { schema: { params: { type: 'object', properties: { id: { type: 'integer' } } } } },
      answer,
    )
    it.get('/failing/:id', async () => {
      throw new RangeError('always')
    })
    it.setErrorHandler((error: { validation?: unknown }, _request, reply) =>
      reply.code(error.validation ? 422 : 503).send('failed'),
    )
  }
  expect(await ask(configure, ['GET /hooked/1', 'GET /validated/a', 'GET /failing/1'])).toMatchObject([
    { route: '/hooked/:id', statusCode: 401 },
    { route: '/validated/:id', statusCode: 422, errorName: 'Error' },
    { route: '/failing/:id', statusCode: 503, outcome: 'error', errorName: 'RangeError' },
  ])
})
