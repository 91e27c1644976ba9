/** An API that is stopped in the middle of its traffic: every request that was answered has its record in the set. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { fileURLToPath } from 'node:url'
import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, expect, it } from 'vitest'
import { readSet, timesSeen } from '../test/read-set.ts'

const redis = sharedServer(startRedis)
afterAll(() => redis.stop())

const room = fileURLToPath(new URL('..', import.meta.url))

/** A published entry, as a program names it. */
function built(entry: string): string {
  return JSON.stringify(`${room}dist/${entry}.js`)
}

const fastifyApi = (options: string): string => `
  import fastify from 'fastify'
  import { pumphouse } from ${built('adapters/fastify')}
  const app = fastify()
  await app.register(pumphouse, ${options})
  app.get('/n/:n', async () => { await new Promise(resolve => setTimeout(resolve, 5)); return 'x' })
  process.once('SIGTERM', async () => {
    setInterval(() => app.server.closeIdleConnections(), 50).unref()
    await app.close()
    console.log(JSON.stringify(app.pumphouse.stats()))
  })
  console.log(await app.listen({ port: 0, host: '127.0.0.1' }))`

const expressApi = (options: string): string => `
  import express from 'express'
  import { pumphouse } from ${built('adapters/express')}
  const app = express()
  const analytics = pumphouse(${options})
  let stopping = false
  app.use(analytics)
  app.use((request, response, next) => {
    if (stopping) response.set('connection', 'close')
    next()
  })
  app.get('/n/:n', (request, response) => setTimeout(() => response.send('x'), 5))
  const server = app.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port))
  process.once('SIGTERM', () => {
    stopping = true
    setInterval(() => server.closeIdleConnections(), 50).unref()
    server.close(async () => console.log(JSON.stringify(await analytics.reporter.close())))
  })`

it.for([
  ['fastify', 0, fastifyApi],
  ['fastify', 1, fastifyApi],
  ['express', 1, expressApi],
] as const)('%s with poolSize %i, on SIGTERM', async ([framework, poolSize, api], ctx) => {
  const name = `stop-${framework}-${poolSize}`
  const { url } = await redis.orSkip(ctx.skip)
  const options = JSON.stringify({ service: 's', redis: url, analytics: { name }, poolSize })
  const child = spawn(process.execPath, ['--input-type=module', '-e', api(options)], {
    cwd: room,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 30_000,
  })
  let output = ''
  child.stdout.on('data', chunk => {
    output += chunk
  })
  const base = await until('the API listens', () => /http:\S+/.exec(output)?.[0])

  const answered: number[] = []
  const agent = new Agent({ keepAlive: true, maxSockets: 20 })
  let running = true
  let next = 0
  const clients = Array.from({ length: 20 }, async () => {
    while (running) {
      const n = next++
      if (await ask(`${base}/n/${n}`, agent)) answered.push(n)
      else running = false
    }
  })
  await until('traffic', () => answered.length > 1000)
  child.kill('SIGTERM')
  const [code] = await once(child, 'close')
  running = false
  await Promise.all(clients)
  agent.destroy()

  const stats = JSON.parse(output.trim().split('\n').at(-1) ?? '')
  expect(code).toBe(0)
  expect(stats.sent).toBe(stats.created)
  const { records } = await readSet(url, name)
  const seen = timesSeen(records, 'path')
  expect(records).toHaveLength(stats.created)
  expect(answered.filter(n => seen.get(`/n/${n}`) !== 1)).toEqual([])
})

function ask(url: string, agent: Agent): Promise<boolean> {
  return new Promise(resolve => {
    const request = get(url, { agent }, response => {
      response.resume()
      response.on('end', () => resolve(response.statusCode === 200))
      response.on('error', () => resolve(false))
    })
    request.on('error', () => resolve(false))
  })
}
