import { createServer, type Server } from 'node:http'
import { createServer as createHttp2Server, createSecureServer, type Http2Server } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { describe, it } from 'vitest'
import { instrument } from '../../src/adapters/http.ts'
import type { Reporter } from '../../src/reporter.ts'
import { type CollectingReporter, collectingReporter } from '../collecting-reporter.ts'
import { tlsServerOptions } from '../tls.ts'
import type { AdapterCase, Given, ServerSetup } from './adapter-case.ts'
import { answeredCases } from './answered.ts'
import { capturedCases } from './captured.ts'
import { encryptedCases } from './encrypted.ts'
import { impossible } from './impossible.ts'
import { installedCases } from './installed.ts'
import { leavingCases } from './leaving.ts'
import type { AdapterTarget, Close } from './target.ts'
import { unseenCases } from './unseen.ts'

/** Every row; their names are unique. */
export const adapterCases: readonly AdapterCase[] = [
  ...answeredCases,
  ...leavingCases,
  ...encryptedCases,
  ...installedCases,
  ...capturedCases,
  ...unseenCases,
]

const TIMEOUT_MS = 30_000
const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'
/** How often Node looks for requests that take too long: its own 30 s are too long for a test. */
const CHECK_EVERY_MS = 20

/** Runs every case that is possible against the adapter, each with a server of its own. `when` tells two of one name apart. */
export function adapterContract(target: AdapterTarget, when = ''): void {
  describe(`the record that ${target.name}${when} makes of`, () => {
    for (const { name, run } of adapterCases) {
      if (impossible(target.name, name) !== undefined) continue
      it(name, () => withServers(target, collectingReporter(), run), TIMEOUT_MS)
    }
  })
}

async function withServers(
  target: AdapterTarget,
  reporter: CollectingReporter,
  run: (given: Given) => Promise<void>,
): Promise<void> {
  const ends: (() => unknown)[] = []
  let onArrival = (): void => undefined
  const arrival = new Promise<void>(resolve => {
    onArrival = resolve
  })
  try {
    await run({
      reporter,
      arrival,
      async serve(setup = {}) {
        const { port, end } = await startServer(target, { reporter, onArrival, ...setup })
        ends.push(end)
        return port
      },
    })
  } finally {
    for (const end of ends) await end()
  }
}

async function startServer(
  target: AdapterTarget,
  setup: ServerSetup & { readonly reporter: Reporter; readonly onArrival: () => void },
): Promise<{ port: number; end: () => Promise<void> }> {
  const { requestTimeoutMs, idleTimeoutMs, http2, tls, instrumented, upgrades, ...forTarget } = setup
  const timeouts =
    requestTimeoutMs === undefined
      ? {}
      : { requestTimeout: requestTimeoutMs, connectionsCheckingInterval: CHECK_EVERY_MS }
  const sockets = new Set<Socket>()
  let server: Server | Http2Server | undefined
  const close: Close = await target.start({ times: 1, ...forTarget }, listener => {
    if (http2)
      server = tls ? createSecureServer(tlsServerOptions, listener as never) : createHttp2Server(listener as never)
    else server = tls ? createHttpsServer(tlsServerOptions, listener) : createServer(timeouts, listener)
    if (instrumented) instrument(server, { reporter: setup.reporter })
    if (idleTimeoutMs !== undefined) server.setTimeout(idleTimeoutMs)
    if (upgrades) server.on('upgrade', (_request, socket: Socket) => socket.end(SWITCHED))
    server.on('connection', (socket: Socket) => sockets.add(socket))
    return server
  })
  const listening = server
  if (listening === undefined) throw new Error(`${target.name} did not ask for a server`)
  if (!listening.listening) await new Promise<void>(resolve => listening.listen(0, '127.0.0.1', resolve))
  return {
    port: (listening.address() as AddressInfo).port,
    async end() {
      for (const socket of sockets) socket.destroy()
      listening.close()
      await close()
    },
  }
}
