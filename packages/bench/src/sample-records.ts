/** Records to measure with, made anew by number: the same number gives the same record, and different numbers differ as real traffic does. */

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const
const ROUTES = ['/orders/:id', '/orders', '/users/:id', '/users/:id/cart', '/health'] as const
const STATUSES = [200, 201, 204, 301, 404, 500] as const
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36',
  'okhttp/4.12.0',
  'curl/8.4.0',
] as const
const START_MS = 1_763_700_000_000

/** A request of an API: 15 fields, some 300 bytes as a msgpack map. The trace id and a few numbers are as good as random. */
export function requestRecord(i: number): Record<string, string | number> {
  const noise = scramble(i)
  return {
    timestamp: START_MS + i * 3,
    durationMs: (noise % 100_000) / 1000,
    method: pick(METHODS, noise),
    host: 'api.example.com',
    path: `/orders/${noise % 100_000}`,
    route: pick(ROUTES, noise >>> 3),
    statusCode: pick(STATUSES, noise >>> 5),
    outcome: 'ok',
    requestBytes: noise % 900,
    responseBytes: noise % 90_000,
    clientIp: `10.${noise & 255}.${(noise >>> 8) & 255}.7`,
    userAgent: pick(AGENTS, noise >>> 7),
    username: `user${noise % 5000}`,
    apiId: 'orders-v1',
    traceId: hexDigits(noise) + hexDigits(scramble(noise)) + hexDigits(scramble(~noise)) + hexDigits(i),
  }
}

/** An authorization audit record: 8 fields of text, 328 bytes as a msgpack map. */
export function auditRecord(i: number): Record<string, string> {
  const noise = scramble(i)
  const user = `user-${hexDigits(noise)}`
  const allowed = noise % 10 > 0
  return {
    timestamp: new Date(START_MS + i * 3).toISOString(),
    username: user,
    effect: allowed ? 'allow' : 'deny',
    conclusion: allowed ? 'policies granted access' : 'policies refused access',
    request: `{"resource":"articles:ladon-${hexDigits(i)}","action":"delete","subject":"${user}","context":{"ip":"10.0.0.7"}}`,
    policies: `policy-${hexDigits(noise)} policy-${hexDigits(i)}`,
    deciders: `decider-${hexDigits(noise)}`,
    instance: `authz-${noise % 8}.eu-north.cluster`,
  }
}

/** A number that looks random, from 0 to 2^32 - 1 (the finalizer of MurmurHash3). */
function scramble(value: number): number {
  let hash = value | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function hexDigits(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0')
}

function pick<T>(choices: readonly T[], noise: number): T {
  return choices[noise % choices.length] as T
}
