/** Who a request comes from, said by the application while it handles the request, wherever it finds that out. */
import type { RecordInput } from '../reporter.ts'

const consumers = new WeakMap<object, RecordInput>()

/**
 * Puts who a request comes from into its record: a text is its `username`; fields (`username`, `orgId`, `apiId`, `tags`, …) are added as they are. May be
 * called before or after an adapter saw the request, until its response has closed; the last call counts. `request` is what the framework hands out: a request of Express, Fastify or
 * node:http, a context of Koa or Hono. Never throws; what is no request is ignored.
 */
export function setConsumer(request: object, consumer: string | RecordInput): void {
  try {
    consumers.set(rawOf(request), typeof consumer === 'string' ? { username: consumer } : consumer)
  } catch {
    // What is no object has no record.
  }
}

/** What was said of it; `raw` is Node's request, or the web's where there is none. */
export function consumerOf(raw: object): RecordInput | undefined {
  return consumers.get(raw)
}

interface Framed {
  /** Fastify, Hono's own request. */
  readonly raw?: unknown
  /** Koa; Hono's context. */
  readonly req?: unknown
  /** Hono under @hono/node-server. */
  readonly env?: { readonly incoming?: unknown } | undefined
}

/** What all adapters see of a request. */
function rawOf(request: object): object {
  const { raw, req, env } = request as Framed
  if (isRequest(env?.incoming)) return env.incoming
  if (isRequest(raw)) return raw
  if (!isRequest(req)) return request
  const { raw: inner } = req as Framed
  return isRequest(inner) ? inner : req
}

function isRequest(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
