import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import express5 from 'express'
import { type PumphouseExpressOptions, pumphouse } from '../../src/adapters/express.ts'
import { lookFirst } from '../../src/requests/first-look.ts'
import { runScenario } from '../adapter-cases/raw-scenarios.ts'
import { type AdapterTarget, CHUNKS, EVENT, LARGE_BYTES } from '../adapter-cases/target.ts'

/** Express 4, typed as 5: what the applications here use of it is the same. */
export const express4 = createRequire(import.meta.url)('express4') as typeof express5

/** `later`: its requests are those that follow the first, which has the others looked at before Express sees them. */
function target(name: string, express: typeof express5, later = false): AdapterTarget {
  return {
    name,
    async start({ reporter, skippedPath, fields, trustProxy, times, onArrival }, createServer) {
      const app = express()
      if (trustProxy) app.set('trust proxy', true)
      const options: PumphouseExpressOptions = {
        reporter,
        skip: request => request.path === skippedPath,
        enrich: () => fields,
      }
      for (let i = 0; i < times; i++) app.use(pumphouse(options))
      app.get('/orders/:id', (request, response) => void response.json({ id: request.params.id }))
      const shop = express.Router()
      shop.get('/items/:item', (_request, response) => void response.send('x'))
      app.use('/shop', shop)
      app.get('/throws', () => {
        throw new RangeError('always')
      })
      app.post('/upload', (request, response) => {
        onArrival()
        request.resume().once('end', () => response.send('thanks'))
      })
      app.get('/stream', (_request, response) => void Readable.from(CHUNKS).pipe(response))
      app.get('/events', (_request, response) => void response.type('text/event-stream').write(EVENT))
      app.get('/large', (_request, response) => void response.send(Buffer.alloc(LARGE_BYTES)))
      app.get('/never', () => onArrival())
      app.all('/raw/:scenario', runScenario)
      app.use(pumphouse.errors())
      const answerError: import('express').ErrorRequestHandler = (_error, _request, response, _next) =>
        void response.status(500).send('failed')
      app.use(answerError)
      const server = createServer(app)
      if (later) lookFirst(server)
      return async () => undefined
    },
  }
}

export const express4Target = target('express 4', express4)
export const express5Target = target('express 5', express5)

export const laterExpress4Target = target('express 4', express4, true)
export const laterExpress5Target = target('express 5', express5, true)
