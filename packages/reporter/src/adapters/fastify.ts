/** The reporter as a Fastify 5 plugin: `await app.register(pumphouse, { service: 'orders' })`, before the routes it is to see. */

import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp, { type PluginMetadata } from 'fastify-plugin'
import type { Reporter } from '../reporter.ts'
import { type Adapter, type AdapterOptions, createAdapter } from './adapter.ts'
import { instrumentBelow } from './http.ts'
import type { ServerOption } from './request-hooks.ts'
import { noteError } from './thrown-error.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The reporter of the plugin @pumphouse/reporter. */
    pumphouse: Reporter
  }
}

/** Options of a reporter (or `reporter: an existing one`), `skip(request)`, `enrich(request, reply)` and `server`. */
export type PumphouseFastifyOptions = AdapterOptions<FastifyRequest, FastifyReply> & ServerOption

/** Its types are about the Fastify that it finds, which where several are installed is another one. */
const named = fp as unknown as <Plugin>(plugin: Plugin, about: PluginMetadata) => Plugin

const plugin: FastifyPluginAsync<PumphouseFastifyOptions> = async (app, { server, ...options }) => {
  const adapter = createAdapter(options)
  const { reporter } = adapter
  if (!app.hasDecorator('pumphouse')) app.decorate('pumphouse', reporter)
  if (reporter.disabled) return
  if (server) instrumentBelow(app.server, reporter)
  addHooks(app, adapter)

  // Runs when the server no longer has connections, so every response has closed.
  app.addHook('onClose', async () => {
    if (adapter.owned) await reporter.close()
  })
}

/** Watches every request of the application, which has not started. */
export function addHooks(app: FastifyInstance, adapter: Adapter<FastifyRequest, FastifyReply>): void {
  app.addHook('onRequest', (request, reply, done) => {
    // Making `routeOptions` costs Fastify some time: only where it is of use this early.
    const route = adapter.reporter.requests.capture && request.routeOptions.url
    adapter.watch({ raw: request.raw, rawResponse: reply.raw, request, response: reply, route }, record => {
      record.route = request.routeOptions.url
      record.clientIp = request.ip ?? record.clientIp
    })
    done()
  })
  app.addHook('onError', (request, _reply, error, done) => {
    noteError(request.raw, error)
    done()
  })
}

/**
 * Records every request of the routes registered after it, on the close of its raw response, and puts the reporter at `app.pumphouse`.
 * `app.close()` closes a reporter it made. Registration fails with OptionsError. Requests that Fastify answers without running any hook
 * (a URL that cannot be decoded, an unknown Expect) are seen with `server: true`.
 */
export const pumphouse: FastifyPluginAsync<PumphouseFastifyOptions> = named(plugin, {
  name: '@pumphouse/reporter',
  fastify: '5.x',
})
