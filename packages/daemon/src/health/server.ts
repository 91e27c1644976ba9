/**
 * The health checks over HTTP. The configured path shows every component: 503 when unhealthy, 200 when ok or degraded. /livez: the
 * process answers. /readyz: Redis has been reached once and stop has not begun.
 */

import { PumphouseError } from '@pumphouse/record'
import fastify from 'fastify'
import type { HealthReport } from './report.ts'

export interface HealthSource {
  ready(): boolean
  health(): Promise<HealthReport>
}

export interface HealthServer {
  /** `http://127.0.0.1:7070`, with the real port. */
  readonly url: string
  /** Ends open connections too. */
  close(): Promise<void>
}

/** Probes are answered at once or not at all. */
const REQUEST_TIMEOUT_MS = 5_000
const UNAVAILABLE = 503

/** Listens; throws PH_HEALTH_LISTEN with the address and the option to change when it cannot. */
export async function serveHealth(
  options: { readonly host: string; readonly port: number; readonly path: string },
  source: HealthSource,
): Promise<HealthServer> {
  const app = fastify({ forceCloseConnections: true, requestTimeout: REQUEST_TIMEOUT_MS, exposeHeadRoutes: true })
  app.get(options.path, async (_, reply) => {
    const report = await source.health()
    return reply.code(report.status === 'unhealthy' ? UNAVAILABLE : 200).send(report)
  })
  app.get('/livez', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_, reply) => {
    const ready = source.ready()
    return reply.code(ready ? 200 : UNAVAILABLE).send({ status: ready ? 'ok' : 'unavailable' })
  })
  try {
    const url = await app.listen({ host: options.host, port: options.port })
    return { url, close: () => app.close() }
  } catch (error) {
    await app.close()
    throw listenError(options, error)
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use',
  EACCES: 'listening on this port is not permitted',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'the host name is not known',
}

function listenError({ host, port }: { host: string; port: number }, cause: unknown): PumphouseError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown'
  const reason = REASONS[code] ?? 'it cannot be listened on'
  const remedy = 'set health.host or health.port (PUMPHOUSE_HEALTH_PORT), or health.enabled: false'
  return new PumphouseError('PH_HEALTH_LISTEN', `health checks on ${host}:${port}: ${reason} (${code}); ${remedy}`, {
    cause,
  })
}
