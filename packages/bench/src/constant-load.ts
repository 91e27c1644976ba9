/**
 * Requests at a constant rate, whatever the server does: a program of its own. It gets orders over IPC and answers each with what it measured. A
 * latency counts from the moment its request was due, so that a server that stands still is not spared by a client that waits for it.
 */
import { createConnection, type Socket } from 'node:net'

/** What to do. */
export interface Load {
  readonly port: number
  readonly ratePerSecond: number
  readonly seconds: number
  readonly connections: number
  /**
   * Never sleep, on a processor of its own: to wake a client that sleeps is charged to the server that answers it, in a virtual machine 10 µs and more. It would be measured
   * as a part of each request, the more of it the less there is to do.
   */
  readonly awake?: boolean
}

/** What came of it. */
export interface LoadResult {
  /** Requests that the server was sent: not those that were due while no connection was free, and then given up. */
  readonly sent: number
  readonly answered: number
  /** Until the last of them was. */
  readonly elapsedMs: number
  /** Requests whose connection broke, or that were not answered within the time for it. */
  readonly failed: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** A connection with one request under way at most. */
interface Client {
  ask(id: number, dueAt: number): void
  close(): void
}

const TICK_MS = 1
const MS_PER_SECOND = 1_000
/** After the last request was due. */
const ANSWER_WITHIN_MS = 10_000
const HEAD_END = '\r\n\r\n'

function connect(port: number, onAnswer: (client: Client, dueAt: number) => void, onLost: () => void): Client {
  const socket: Socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
  let dueAt = -1
  let received = ''
  const client: Client = {
    ask(id, at) {
      dueAt = at
      socket.write(`GET /orders/${id} HTTP/1.1\r\nhost: api.example.com\r\n\r\n`)
    },
    close: () => void socket.destroy(),
  }
  socket.setEncoding('latin1')
  socket.on('error', () => undefined)
  socket.on('close', () => dueAt >= 0 && onLost())
  socket.on('data', (text: string) => {
    received += text
    if (!isWhole(received)) return
    received = ''
    const at = dueAt
    dueAt = -1
    onAnswer(client, at)
  })
  return client
}

/** The answers of the bench's servers have a length, and one at a time is under way. */
function isWhole(received: string): boolean {
  const head = received.indexOf(HEAD_END)
  if (head < 0) return false
  const [, length] = /content-length: (\d+)/i.exec(received) ?? []
  return received.length >= head + HEAD_END.length + Number(length)
}

function run({ port, ratePerSecond, seconds, connections, awake = false }: Load): Promise<LoadResult> {
  return new Promise(resolve => {
    const total = ratePerSecond * seconds
    const latenciesMs: number[] = []
    const waiting: number[] = []
    /** How many of those were asked: to take the first out of a long list moves all others. */
    let taken = 0
    let sent = 0
    let lost = 0
    const startedAt = performance.now()
    const idle: Client[] = []
    const clients = Array.from({ length: connections }, () => connect(port, onAnswer, () => lost++))
    idle.push(...clients)

    function onAnswer(client: Client, dueAt: number): void {
      latenciesMs.push(performance.now() - dueAt)
      const next = waiting[taken]
      if (next === undefined) {
        idle.push(client)
        return
      }
      taken++
      client.ask(sent, next)
    }

    function turn(): void {
      const elapsedMs = performance.now() - startedAt
      for (const due = (elapsedMs / MS_PER_SECOND) * ratePerSecond; sent < Math.min(due, total); sent++) {
        const dueAt = startedAt + (sent / ratePerSecond) * MS_PER_SECOND
        // In turn: a connection that is left alone for seconds is closed by the server.
        const client = idle.shift()
        if (client) client.ask(sent, dueAt)
        else waiting.push(dueAt)
      }
      const isOver = latenciesMs.length + lost >= total || elapsedMs > seconds * MS_PER_SECOND + ANSWER_WITHIN_MS
      if (!isOver) {
        if (awake) setImmediate(turn)
        else setTimeout(turn, TICK_MS)
        return
      }
      for (const client of clients) client.close()
      latenciesMs.sort((a, b) => a - b)
      const percentile = (part: number): number => latenciesMs[Math.floor(latenciesMs.length * part)] ?? Number.NaN
      const answered = latenciesMs.length
      resolve({
        sent: sent - (waiting.length - taken),
        answered,
        elapsedMs,
        failed: total - answered,
        p50Ms: percentile(0.5),
        p99Ms: percentile(0.99),
      })
    }

    turn()
  })
}

process.on('message', message => {
  void run(message as Load).then(result => process.send?.(result))
})
