/**
 * The same application of Hono on Bun, and on Deno: neither has a server of Node. Arguments: where Hono is, the url of Redis, the name of the
 * analytics set, the number of workers.
 * Says its port; on SIGTERM it stops serving, then reporting, and says what was counted.
 */
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { pumphouse } from '../dist/adapters/hono.js'

const CHUNKS = 5
const CHUNK_BYTES = 1000
const PAUSE_MS = 20

const { Bun, Deno } = globalThis
const [hono, redis, name, poolSize] = process.argv.slice(2)
const { Hono } = await import(hono)

const analytics = pumphouse({
  service: 'elsewhere',
  redis,
  poolSize: Number(poolSize),
  flushInterval: '100ms',
  analytics: { name },
})
const app = new Hono()
app.use(analytics)
app.onError((_error, c) => c.text('failed', 500))
app.get('/orders/:id', c => c.json({ id: c.req.param('id') }))
app.get('/failing', () => {
  throw new TypeError('it fails')
})
app.get('/stream', c => streamOf(c, CHUNKS))
app.get('/endless', c => streamOf(c, Number.POSITIVE_INFINITY))

/** @param {import('hono').Context} c @param {number} chunks */
function streamOf(c, chunks) {
  const chunk = new Uint8Array(CHUNK_BYTES)
  let sent = 0
  const body = new ReadableStream({
    async pull(controller) {
      await sleep(PAUSE_MS)
      controller.enqueue(chunk)
      if (++sent === chunks) controller.close()
    },
  })
  return c.body(body)
}

/** @returns {{ port: number, stop(): unknown }} */
function listen() {
  if (Bun !== undefined) {
    const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: app.fetch })
    return { port: server.port, stop: () => server.stop() }
  }
  const server = Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: () => undefined }, app.fetch)
  return { port: server.addr.port, stop: () => server.shutdown() }
}

const { port, stop } = listen()
process.on('SIGTERM', async () => {
  await stop()
  await analytics.reporter.close()
  process.stdout.write(`counted ${JSON.stringify(analytics.reporter.stats())}\n`)
  process.exit()
})
process.stdout.write(`port ${port}\n`)
