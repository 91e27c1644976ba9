/** The reporter as a Fastify 5 plugin: `await app.register(pumphouse, { service: 'orders' })`, before the routes it is to see. */

import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type Adapter, type AdapterOptions, createAdapter } from './adapter.ts'
import { noteError } from './error-name.ts'
import type { Reporter } from './reporter.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The reporter of the plugin @pumphouse/reporter. */
    pumphouse: Reporter
  }
}

/** Options of a reporter (or `reporter: an existing one`), `skip(request)` and `enrich(request, reply)`. */
export type PumphouseFastifyOptions = AdapterOptions<FastifyRequest, FastifyReply>

const plugin: FastifyPluginAsync<PumphouseFastifyOptions> = async (app, options) => {
  const adapter = createAdapter(options)
  if (!app.hasDecorator('pumphouse')) app.decorate('pumphouse', adapter.reporter)
  if (adapter.reporter.disabled) return
  addHooks(app, adapter)

  // Runs when the server no longer has connections, so every response has closed.
  app.addHook('onClose', async () => {
    if (adapter.owned) await adapter.reporter.close()
  })
}

/** Watches every request of the application, which has not started. */
export function addHooks(app: FastifyInstance, adapter: Adapter<FastifyRequest, FastifyReply>): void {
  app.addHook('onRequest', (request, reply, done) => {
    adapter.watch({ raw: request.raw, rawResponse: reply.raw, request, response: reply }, record => {
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
 * (a URL that cannot be decoded, an unknown Expect) are not seen.
 */
export const pumphouse = fp(plugin, { name: '@pumphouse/reporter', fastify: '5.x' })
