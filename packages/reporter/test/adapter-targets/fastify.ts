import { Readable } from 'node:stream'
import fastify from 'fastify'
import { type PumphouseFastifyOptions, pumphouse } from '../../src/adapters/fastify.ts'
import { runScenario } from '../adapter-cases/raw-scenarios.ts'
import { type AdapterTarget, CHUNKS, EVENT, LARGE_BYTES } from '../adapter-cases/target.ts'

export const fastifyTarget: AdapterTarget = {
  name: 'fastify 5',
  async start({ reporter, skippedPath, fields, trustProxy = false, times, onArrival }, createServer) {
    const app = fastify({ trustProxy, serverFactory: handler => createServer(handler) as never })
    const options: PumphouseFastifyOptions = {
      reporter,
      skip: request => request.url === skippedPath,
      enrich: () => fields,
    }
    for (let i = 0; i < times; i++) await app.register(pumphouse, options)
    app.addContentTypeParser('*', (_request, payload, done) => {
      payload.resume().once('end', () => done(null))
    })
    app.get<{ Params: { id: string } }>('/orders/:id', ({ params: { id } }) => ({ id }))
    await app.register(async shop => void shop.get('/items/:item', () => 'x'), { prefix: '/shop' })
    app.get('/throws', () => {
      throw new RangeError('always')
    })
    app.post('/upload', { onRequest: async () => onArrival() }, () => 'thanks')
    app.get('/stream', (_request, reply) => reply.send(Readable.from(CHUNKS)))
    app.get('/events', (_request, reply) => {
      const events = new Readable({ read: () => undefined })
      events.push(EVENT)
      return reply.type('text/event-stream').send(events)
    })
    app.get('/large', (_request, reply) => reply.send(Buffer.alloc(LARGE_BYTES)))
    app.get('/never', () => new Promise(onArrival))
    app.register(async raw => {
      // The scenarios read the body themselves.
      raw.removeAllContentTypeParsers()
      raw.addContentTypeParser('*', (_request, _payload, done) => done(null))
      raw.all('/raw/:scenario', (request, reply) => {
        reply.hijack()
        runScenario(request.raw, reply.raw)
      })
    })
    await app.ready()
    return () => app.close()
  },
}
