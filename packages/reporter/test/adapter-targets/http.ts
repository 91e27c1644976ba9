import type { RequestListener, Server } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { instrument, type PumphouseHttpOptions, pumphouse } from '../../src/adapters/http.ts'
import { runScenario } from '../adapter-cases/raw-scenarios.ts'
import { type AdapterTarget, CHUNKS, EVENT, LARGE_BYTES, type Setup } from '../adapter-cases/target.ts'

/** The application of the cases, written by hand. */
function listenerOf(onArrival: () => void): RequestListener {
  const routes: Readonly<Record<string, RequestListener>> = {
    throws: (_request, response) => void response.writeHead(500).end('failed'),
    upload(request, response) {
      onArrival()
      request.resume().once('end', () => response.end('thanks'))
      request.once('error', () => undefined)
    },
    stream: (_request, response) => void pipeline(Readable.from(CHUNKS), response, () => undefined),
    events: (_request, response) => void response.write(EVENT),
    large: (_request, response) => void response.end(Buffer.alloc(LARGE_BYTES)),
    never: onArrival,
    raw: runScenario,
  }
  return (request, response) => {
    const [, first = '', second] = request.url?.split(/[/?]/) ?? []
    const answer = routes[first]
    if (first === 'orders' && request.method !== 'DELETE') {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ id: second }))
    } else if (answer !== undefined) answer(request, response)
    else response.writeHead(404).end()
  }
}

function optionsOf({ reporter, skippedPath, fields }: Setup): PumphouseHttpOptions {
  return { reporter, skip: request => request.url === skippedPath, enrich: () => fields }
}

/** The whole server at once. */
export const instrumentTarget: AdapterTarget = {
  name: 'instrument',
  async start(setup, createServer) {
    const server = createServer(listenerOf(setup.onArrival)) as Server
    for (let i = 0; i < setup.times; i++) instrument(server, optionsOf(setup))
    return async () => undefined
  },
}

/** A call for each request. */
export const observerTarget: AdapterTarget = {
  name: 'node:http',
  async start(setup, createServer) {
    const observers = Array.from({ length: setup.times }, () => pumphouse(optionsOf(setup)))
    const listener = listenerOf(setup.onArrival)
    createServer((request, response) => {
      for (const observe of observers) observe(request, response)
      listener(request, response)
    })
    return async () => undefined
  },
}
