/**
 * A TCP proxy that breaks connections on purpose. Each connection has two directions, each with its own fault:
 *
 * - pass: bytes go through, `latencyMs` later when that is set, and no faster than the bandwidth when that is set.
 * - silence: bytes are read and thrown away; the connection stays open. Silencing `toClient` lets a command through
 *   and swallows its answer: the lost reply, the test of every idempotent write.
 * - alter: a function of the test says what goes through instead.
 *
 * Faults apply to connections that are open and to later ones, until heal(). Bytes that were swallowed stay lost.
 */
import { createConnection, createServer, type Server, type Socket } from 'node:net'

export type Direction = 'toClient' | 'toServer'

export interface FaultProxy {
  /** Where clients connect, on 127.0.0.1. */
  readonly port: number
  /** Connections open now. */
  readonly connections: number
  /** Throws away what flows in that direction from now on. */
  silence(direction: Direction): void
  /** Delays every byte in that direction by so much. */
  latency(direction: Direction, latencyMs: number): void
  /** Lets no more than so many bytes a second through in that direction, on each connection. */
  bandwidth(direction: Direction, bytesPerSecond: number): void
  /** Sends what `change` makes of each chunk that flows in that direction; an empty one is not sent. */
  alter(direction: Direction, change: (chunk: Buffer) => Buffer): void
  /** Resets every open connection. */
  cut(): void
  /** Resets every open connection and every new one. */
  refuse(): void
  /** No faults for what comes from now on. */
  heal(): void
  /** Cuts everything and frees the port. Safe twice. */
  close(): Promise<void>
}

interface Faults {
  refusing: boolean
  readonly silenced: Set<Direction>
  readonly latencyMs: Map<Direction, number>
  readonly bytesPerSecond: Map<Direction, number>
  readonly changes: Map<Direction, (chunk: Buffer) => Buffer>
}

/** A slow line delivers a little all the time, not much now and then. */
const SLOW_PIECE_BYTES = 512
const MS_PER_SECOND = 1_000

/** Puts a proxy in front of a port of 127.0.0.1. A MongoDB client must be told `directConnection=true`, or it walks around it. */
export async function startProxy(targetPort: number): Promise<FaultProxy> {
  const faults: Faults = {
    refusing: false,
    silenced: new Set(),
    latencyMs: new Map(),
    bytesPerSecond: new Map(),
    changes: new Map(),
  }
  const pairs = new Set<readonly [Socket, Socket]>()
  // Half-open on both sides: an end is passed on like any byte, and answers still on their way arrive.
  const server = createServer({ allowHalfOpen: true }, client => {
    if (faults.refusing) return reset(client)
    const target = createConnection({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true })
    const pair = [client, target] as const
    pairs.add(pair)
    for (const socket of pair) {
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        // The other may be paused because this one took no more: its end would never be seen.
        for (const one of pair) one.resume()
        if (pair.every(one => one.destroyed)) pairs.delete(pair)
        // A peer that went away without a word is a reset for the other side, whatever is still on its way.
        if (!socket.readableEnded) pair.forEach(reset)
      })
    }
    forward(client, target, 'toServer', faults)
    forward(target, client, 'toClient', faults)
  })
  const port = await listen(server)
  const cut = (): void => {
    for (const pair of pairs) pair.forEach(reset)
  }
  return {
    port,
    get connections() {
      return pairs.size
    },
    silence: direction => void faults.silenced.add(direction),
    latency: (direction, latencyMs) => void faults.latencyMs.set(direction, latencyMs),
    bandwidth: (direction, bytesPerSecond) => void faults.bytesPerSecond.set(direction, bytesPerSecond),
    alter: (direction, change) => void faults.changes.set(direction, change),
    cut,
    refuse() {
      faults.refusing = true
      cut()
    },
    heal() {
      faults.refusing = false
      faults.silenced.clear()
      faults.latencyMs.clear()
      faults.bytesPerSecond.clear()
      faults.changes.clear()
    },
    async close() {
      cut()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}

function forward(from: Socket, to: Socket, direction: Direction, faults: Faults): void {
  const waiting: { readonly dueAt: number; readonly act: () => void }[] = []
  let lastDueAt = 0
  let isTimed = false
  /** One timer for all that waits: of two timers the later one may fire first, and a late one be overtaken by what is due at once. */
  const run = (): void => {
    isTimed = false
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const inMs = next.dueAt - performance.now()
      if (inMs > 0) {
        isTimed = true
        setTimeout(run, inMs)
        return
      }
      waiting.shift()
      next.act()
    }
  }
  /** Runs in order even when the latency is lowered in between. */
  const later = (act: () => void, bytes = 0): void => {
    const now = performance.now()
    const perSecond = faults.bytesPerSecond.get(direction)
    const takesMs = perSecond === undefined ? 0 : (bytes / perSecond) * MS_PER_SECOND
    lastDueAt = Math.max(lastDueAt, now + (faults.latencyMs.get(direction) ?? 0)) + takesMs
    waiting.push({ dueAt: lastDueAt, act })
    if (!isTimed) run()
  }
  from.on('data', data => {
    if (faults.silenced.has(direction)) return
    const chunk = faults.changes.get(direction)?.(data) ?? data
    if (chunk.length === 0) return
    for (const piece of faults.bytesPerSecond.has(direction) ? pieces(chunk) : [chunk]) {
      later(() => {
        if (to.write(piece)) return
        from.pause()
        to.once('drain', () => from.resume())
      }, piece.length)
    }
  })
  from.on('end', () => later(() => to.end()))
}

function* pieces(chunk: Buffer): Generator<Buffer> {
  for (let at = 0; at < chunk.length; at += SLOW_PIECE_BYTES) yield chunk.subarray(at, at + SLOW_PIECE_BYTES)
}

function reset(socket: Socket): void {
  if (!socket.destroyed) socket.resetAndDestroy()
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}
