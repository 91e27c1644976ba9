/**
 * Servers that are dear to start, one of each kind for all test files of a run. Test files run in processes of their own, so the process that runs
 * them hosts the servers: it listens on 127.0.0.1, starts a server when the first test asks for its kind, one after the other,
 * and says where it is. Each test keeps to names of its own there, and leaves the server's settings as they were.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startElasticsearch } from './elasticsearch-server.ts'
import { startOpensearch } from './opensearch-server.ts'
import type { RunningServer } from './server-process.ts'
import { ServerUnavailable } from './server-unavailable.ts'
import { type SharedServer, sharedServer } from './shared-server.ts'

const KINDS = {
  'elasticsearch-9.2.0': () => startElasticsearch('9.2.0', { settings: SMALL }),
  'elasticsearch-8.19.21': () => startElasticsearch('8.19.21', { settings: SMALL }),
  'opensearch-3.8.0': () => startOpensearch({ settings: SMALL }),
} as const satisfies Record<string, () => Promise<RunningServer>>

/** A server that can be asked for. */
export type HostedKind = keyof typeof KINDS

/** Where a hosted server is. */
export interface HostedServer {
  readonly url: string
  readonly port: number
  /** Leaves it to the others. */
  stop(): Promise<void>
}

/** A request that is too large should not have to be 100 MB. */
const SMALL = { 'http.max_content_length': '2mb' }
const OK = 200
const UNAVAILABLE = 503
const FAILED = 500

/** Starts hosting; nothing else yet. `address` is for hostedServer(). `stop` stops every server that was started. */
export async function hostServers(): Promise<{ readonly address: string; stop(): Promise<void> }> {
  const started = new Map<string, Promise<RunningServer>>()
  let last: Promise<unknown> = Promise.resolve()
  const serverOf = (kind: HostedKind): Promise<RunningServer> => {
    const known = started.get(kind)
    if (known) return known
    const starting = last.catch(() => undefined).then(KINDS[kind])
    last = starting
    started.set(kind, starting)
    return starting
  }
  const http = createServer(({ url = '' }, response) => {
    const kind = url.slice(1)
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { connection: 'close' }).end(JSON.stringify(body))
    }
    if (!isKind(kind)) return answer(FAILED, { message: `no such server: ${kind}` })
    serverOf(kind).then(
      server => answer(OK, { url: server.url, port: server.port }),
      (error: Error) => answer(error instanceof ServerUnavailable ? UNAVAILABLE : FAILED, { message: error.message }),
    )
  })
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  // It lives as long as the run needs it, no longer.
  http.unref()
  return {
    address: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    async stop() {
      http.close()
      const servers = await Promise.allSettled(started.values())
      await Promise.all(servers.map(one => (one.status === 'fulfilled' ? one.value.stop() : undefined)))
    },
  }
}

/** A server of that kind from the host at `address`, started when the first test of the run needs it. */
export function hostedServer(address: string, kind: HostedKind): SharedServer<HostedServer> {
  return sharedServer(async () => {
    const response = await fetch(`${address}/${kind}`)
    const body = (await response.json()) as { readonly message: string } & Omit<HostedServer, 'stop'>
    if (response.status === UNAVAILABLE) throw new ServerUnavailable(body.message)
    if (response.status !== OK) throw new Error(body.message)
    return { url: body.url, port: body.port, stop: async () => undefined }
  })
}

function isKind(kind: string): kind is HostedKind {
  return Object.hasOwn(KINDS, kind)
}
