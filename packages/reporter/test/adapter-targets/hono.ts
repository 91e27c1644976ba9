import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import { stream } from 'hono/streaming'
import { type PumphouseHonoOptions, pumphouse } from '../../src/adapters/hono.ts'
import { runScenario } from '../adapter-cases/raw-scenarios.ts'
import { type AdapterTarget, CHUNKS, EVENT, LARGE_BYTES } from '../adapter-cases/target.ts'

export const honoTarget: AdapterTarget = {
  name: 'hono 4',
  async start({ reporter, skippedPath, fields, times, onArrival }, createServer) {
    const app = new Hono<{ Bindings: HttpBindings }>()
    const options: PumphouseHonoOptions = { reporter, skip: c => c.req.path === skippedPath, enrich: () => fields }
    for (let i = 0; i < times; i++) app.use(pumphouse(options))
    app.onError((_error, c) => c.text('failed', 500))
    app.get('/orders/:id', c => c.json({ id: c.req.param('id') }))
    const shop = new Hono()
    shop.get('/items/:item', c => c.text('x'))
    app.route('/shop', shop)
    app.get('/throws', () => {
      throw new RangeError('always')
    })
    app.post('/upload', async c => {
      onArrival()
      await c.req.arrayBuffer()
      return c.text('thanks')
    })
    app.get('/stream', c =>
      stream(c, async body => {
        for (const chunk of CHUNKS) await body.write(chunk)
      }),
    )
    app.get('/events', c => {
      // streamSSE sets a header that HTTP/2 forbids.
      c.header('content-type', 'text/event-stream')
      return stream(c, async body => {
        await body.write(EVENT)
        await new Promise(() => undefined)
      })
    })
    app.get('/large', c => c.body(new Uint8Array(LARGE_BYTES)))
    app.get('/never', () => new Promise<Response>(onArrival))
    app.all('/raw/:scenario', c => {
      runScenario(c.env.incoming, c.env.outgoing)
      return RESPONSE_ALREADY_SENT
    })
    createAdaptorServer({
      fetch: app.fetch,
      createServer: ((_options: unknown, listener: never) => createServer(listener)) as never,
    })
    return async () => undefined
  },
}
