/**
 * An API under load for long: what the reporter holds does not grow, however requests end. Some seconds here; as long as a soak is told to be
 * (PUMPHOUSE_TEST_SOAK_MS). Redis keeps nothing, so that only the application's memory is looked at.
 */
import { Agent, type IncomingMessage, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { connectRedis } from '@pumphouse/queue'
import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, expect, it } from 'vitest'
import { start } from '../test/program.ts'

const redisServer = sharedServer(startRedis)
afterAll(() => redisServer.stop())

const LOAD_MS = Number(process.env['PUMPHOUSE_TEST_SOAK_MS'] || 6_000)
/** Until code is compiled, also that of the kinds that are rare, and pools have their size. */
const WARM_UP_REQUESTS = 25_000
const LOOKS = 12
const CLIENTS = 64
const EMPTY_EVERY_MS = 1_000
/** A hundred bytes kept of each request would be more after some seconds. */
const MOST_GROWTH_BYTES = 1024 * 1024
const MIB = 2 ** 20
const SET = 'growth'

/** Every kind of request leaves by another way. */
const KINDS = [
  { path: '/orders/1' },
  { path: '/orders/2', method: 'POST', body: JSON.stringify({ item: 'tea', password: 'secret' }) },
  { path: '/failing' },
  { path: '/nowhere' },
  { path: '/stream' },
  { path: '/slow', leaves: true },
  { path: '/stream', leaves: true },
] as const

function api(redisUrl: string, poolSize: number): string {
  const plugin = JSON.stringify(fileURLToPath(new URL('../dist/adapters/fastify.js', import.meta.url)))
  const options = {
    ...{ service: 's', redis: redisUrl, analytics: { name: SET }, poolSize, flushInterval: '200ms' },
    capture: { requestHeaders: true, responseHeaders: true, requestBody: true, responseBody: true, query: true },
  }
  return `
    import { Readable } from 'node:stream'
    import fastify from ${JSON.stringify(import.meta.resolve('fastify'))}
    import { pumphouse } from ${plugin}
    const app = fastify({ forceCloseConnections: true })
    await app.register(pumphouse, { ...${JSON.stringify(options)}, skip: ({ url }) => url === '/memory' })
    app.get('/orders/:id', async request => ({ id: request.params.id }))
    app.post('/orders/:id', async request => request.body)
    app.get('/failing', async () => { throw new TypeError('failing') })
    app.get('/slow', () => new Promise(resolve => setTimeout(resolve, 50, 'late')))
    app.get('/stream', (_, reply) => reply.send(Readable.from((async function* () {
      for (let i = 0; i < 4; i++) yield await new Promise(resolve => setTimeout(resolve, 5, 'x'.repeat(100)))
    })())))
    app.get('/memory', async () => {
      await app.pumphouse.flush({ timeout: '10s' })
      for (let i = 0; i < 3; i++) { gc(); await new Promise(resolve => setTimeout(resolve, 10)) }
      const { heapUsed, external, rss } = process.memoryUsage()
      return { heldBytes: heapUsed + external, rss, stats: app.pumphouse.stats() }
    })
    console.log(await app.listen({ port: 0, host: '127.0.0.1' }))
    process.once('SIGTERM', async () => {
      await app.close()
      console.log('closed ' + JSON.stringify(app.pumphouse.stats()))
    })`
}

/** Asks one thing after another, by many clients at once, until stopped. */
function startLoad(base: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
  let asked = 0
  let running = true
  const ask = ({
    path,
    method = 'GET',
    body,
    leaves,
  }: {
    path: string
    method?: string
    body?: string
    leaves?: boolean
  }) =>
    new Promise<void>(resolve => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' }
      const sent = request(base + path, { agent, method, headers }, (response: IncomingMessage) => {
        response.resume().once('close', resolve)
        if (leaves) sent.destroy()
      })
      if (leaves) sent.once('socket', () => setTimeout(() => sent.destroy(), 20))
      sent.once('error', () => resolve()).end(body)
    })
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (running) await ask(KINDS[asked++ % KINDS.length]!)
  })
  return {
    asked: () => asked,
    async stop() {
      running = false
      await Promise.all(clients)
      agent.destroy()
    },
  }
}

it.for([1, 0])(
  'an API holds no more after many requests than after some, poolSize %i',
  {
    timeout: 2 * LOAD_MS + 120_000,
  },
  async (poolSize, ctx) => {
    const redis = await redisServer.orSkip(ctx.skip)
    const program = start(api(redis.url, poolSize), ['--expose-gc'], 2 * LOAD_MS + 110_000)
    const base = await until('the API listens', () => /http:\S+/.exec(program.output())?.[0])
    const emptying = connectRedis({ url: redis.url }, 'test')
    const timer = setInterval(
      () => emptying.del(`{${SET}:0}:frames`, `{${SET}:0}:bytes`).catch(() => undefined),
      EMPTY_EVERY_MS,
    )
    const load = startLoad(base)
    ctx.onTestFinished(async () => {
      clearInterval(timer)
      emptying.disconnect()
      program.child.kill('SIGKILL')
      await load.stop()
    })
    await until('it is warm', () => load.asked() > WARM_UP_REQUESTS, 60_000)

    const held: number[] = []
    const rss: number[] = []
    const from = { asked: load.asked(), ms: performance.now() }
    for (let look = 0; look < LOOKS; look++) {
      await until('it is time', () => performance.now() - from.ms > (look * LOAD_MS) / LOOKS, LOAD_MS + 1_000)
      const said = (await (await fetch(`${base}/memory`)).json()) as { heldBytes: number; rss: number }
      held.push(said.heldBytes)
      rss.push(said.rss)
    }
    const asked = load.asked() - from.asked
    await load.stop()
    program.child.kill('SIGTERM')
    const { output, errors, code } = await program.ended
    expect(code, errors).toBe(0)
    const stats = JSON.parse(output.slice(output.indexOf('closed ') + 'closed '.length))
    expect(stats.sent, 'nothing is lost').toBe(stats.created)

    const least = (list: readonly number[]): number => Math.min(...list)
    const grown = least(held.slice(-LOOKS / 3)) - least(held.slice(0, LOOKS / 3))
    const rssGrown = least(rss.slice(-LOOKS / 3)) - least(rss.slice(0, LOOKS / 3))
    process.stdout.write(
      `poolSize ${poolSize}: ${asked} requests, ${(grown / MIB).toFixed(2)} MiB more held, ${(rssGrown / MIB).toFixed(1)} MiB more resident\n`,
    )
    expect(asked).toBeGreaterThan(1_000)
    expect(grown).toBeLessThan(MOST_GROWTH_BYTES)
  },
)
