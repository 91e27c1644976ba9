/** setConsumer with what each framework hands out. */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve as serveHono } from '@hono/node-server'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { afterEach, expect, test } from 'vitest'
import { collectingReporter } from '../../test/collecting-reporter.ts'
import { setConsumer } from './consumer.ts'
import { pumphouse as forExpress } from './express.ts'
import { pumphouse as forFastify } from './fastify.ts'
import { pumphouse as forHono } from './hono.ts'
import { pumphouse as forHttp } from './http.ts'
import { pumphouse as forKoa } from './koa.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listening(server: Server): Promise<string> {
  servers.push(server)
  if (!server.listening) await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

test.each<[string, (reporter: ReturnType<typeof collectingReporter>) => Promise<string>]>([
  [
    'node:http',
    async reporter => {
      const watch = forHttp({ reporter })
      return listening(
        createServer((request, response) => {
          watch(request, response)
          setConsumer(request, 'ann')
          response.end('x')
        }),
      )
    },
  ],
  [
    'express, before the middleware',
    async reporter => {
      const app = express()
      app.use((request, _response, next) => {
        setConsumer(request, 'ann')
        next()
      })
      app.use(forExpress({ reporter }))
      app.get('/', (_request, response) => void response.send('x'))
      return listening(createServer(app))
    },
  ],
  [
    'fastify',
    async reporter => {
      const app = fastify()
      await app.register(forFastify, { reporter })
      app.get('/', async request => {
        setConsumer(request, 'ann')
        return 'x'
      })
      await app.ready()
      return listening(app.server)
    },
  ],
  [
    'koa',
    async reporter => {
      const app = new Koa()
      app.use(forKoa({ reporter }))
      app.use(ctx => {
        setConsumer(ctx, 'ann')
        ctx.body = 'x'
      })
      return listening(createServer(app.callback()))
    },
  ],
  [
    'hono',
    async reporter => {
      const app = new Hono()
      app.use(forHono({ reporter }))
      app.get('/', c => {
        setConsumer(c, 'ann')
        return c.text('x')
      })
      return listening(serveHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server)
    },
  ],
])('%s', async (_, start) => {
  const reporter = collectingReporter()
  const url = await start(reporter)
  await (await fetch(url)).text()
  expect(await reporter.collected(1)).toMatchObject([{ path: '/', username: 'ann' }])
})

test('hono, where there is no server of Node', async () => {
  const reporter = collectingReporter()
  const app = new Hono()
  app.use(forHono({ reporter }))
  app.get('/', c => {
    setConsumer(c, 'ann')
    return c.text('x')
  })
  await (await app.request('/')).text()
  expect(await reporter.collected(1)).toMatchObject([{ path: '/', username: 'ann' }])
})
