import { createRequire } from 'node:module'
import { PassThrough, Readable } from 'node:stream'
import Router from '@koa/router'
import Koa3 from 'koa'
import { type PumphouseKoaOptions, pumphouse } from '../../src/adapters/koa.ts'
import { runScenario } from '../adapter-cases/raw-scenarios.ts'
import { type AdapterTarget, CHUNKS, EVENT, LARGE_BYTES } from '../adapter-cases/target.ts'

/** Koa 2, typed as 3: what the applications here use of it is the same. */
export const Koa2 = createRequire(import.meta.url)('koa2') as typeof Koa3

function target(name: string, Koa: typeof Koa3): AdapterTarget {
  return {
    name,
    async start({ reporter, skippedPath, fields, trustProxy = false, times, onArrival }, createServer) {
      const app = new Koa({ proxy: trustProxy })
      app.silent = true
      const options: PumphouseKoaOptions = { reporter, skip: ctx => ctx.path === skippedPath, enrich: () => fields }
      for (let i = 0; i < times; i++) app.use(pumphouse(options))
      const router = new Router()
      router.get('/orders/:id', ctx => {
        ctx.body = { id: ctx.params['id'] }
      })
      const shop = new Router()
      shop.get('/items/:item', ctx => {
        ctx.body = 'x'
      })
      router.use('/shop', shop.routes())
      router.get('/throws', () => {
        throw new RangeError('always')
      })
      router.post('/upload', async ctx => {
        onArrival()
        await new Promise(resolve => ctx.req.resume().once('end', resolve))
        ctx.body = 'thanks'
      })
      router.get('/stream', ctx => {
        ctx.body = Readable.from(CHUNKS)
      })
      router.get('/events', ctx => {
        const events = new PassThrough()
        events.write(EVENT)
        ctx.type = 'text/event-stream'
        ctx.body = events
      })
      router.get('/large', ctx => {
        ctx.body = Buffer.alloc(LARGE_BYTES)
      })
      router.get('/never', () => new Promise(onArrival))
      router.all('/raw/:scenario', ctx => {
        ctx.respond = false
        ctx.res.statusCode = 200
        runScenario(ctx.req, ctx.res)
      })
      app.use(router.routes()).use(router.allowedMethods())
      createServer(app.callback())
      return async () => undefined
    },
  }
}

export const koa2Target = target('koa 2', Koa2)
export const koa3Target = target('koa 3', Koa3)
