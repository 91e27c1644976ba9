/**
 * Bytes per request on a connection that serves several. Node counts for the socket; what was counted when the last response on it ended
 * is where the next request begins, because its head is read before anybody hears of it.
 *
 * With pipelining a request comes before the response to the one before has ended. Then what was read says nothing of either: the size is put together
 * from the head and the declared length of the body. What is written stays in order, and the count is taken at 'finish', before Node lets the
 * next response write.
 *
 * Others may have answered requests on the connection that were never seen here. What they wrote tells of them: the reply then begins at what is written now, and
 * the size of the request is put together as well.
 */

import type { Socket } from 'node:net'
import type { RawRequest, RawResponse } from './outcome.ts'

const state = Symbol('pumphouse.bytes')

interface ConnectionBytes {
  /** False for what only looks like a socket: that of an injected request. */
  readonly counts: boolean
  read: number
  written: number
  /** The last request whose response has not ended. */
  current: SocketBytes | undefined
  /** One whose response has ended before all of it was read. */
  unread: RawRequest | undefined
  /** Of pipelined requests whose responses have not ended: whom to tell that they never will. */
  awaiting: Map<SocketBytes, () => void> | undefined
}

interface Counted {
  [state]?: ConnectionBytes
}

/** Bytes of one exchange; undefined = not to be known. */
export interface ExchangeBytes {
  readonly read: number | undefined
  readonly written: number | undefined
}

/** One request on a connection, from its start to the end of its response. */
export interface SocketBytes {
  /** Looked up once: a socket has grown so many properties that finding one takes the engine a while. */
  readonly connection: ConnectionBytes
  readonly request: RawRequest
  readonly response: RawResponse
  pipelined: boolean
  /** What was read since the last that was seen belongs to others, too. */
  readonly afterOthers: boolean
  /** Counted at 'finish'. */
  written: number | undefined
}

/** Begins to count for a request of HTTP/1. Undefined for what has no real socket. */
export function countBytes(socket: Socket, request: RawRequest, response: RawResponse): SocketBytes | undefined {
  const connection = connectionOf(socket)
  if (!connection.counts) return undefined
  const before = connection.current
  const pipelined = before !== undefined
  const afterOthers = !pipelined && passOverOthers(socket, connection, request)
  const bytes: SocketBytes = { connection, request, response, pipelined, afterOthers, written: undefined }
  connection.current = bytes
  if (before !== undefined) {
    if (!before.pipelined) takeAtFinish(socket, before)
    before.pipelined = true
    takeAtFinish(socket, bytes)
  }
  return bytes
}

/**
 * Calls `lost` if the connection closes before the response of this pipelined request had its turn on it: Node 20 then never emits its 'close', Node 24 does. One listener
 * serves all requests of a connection, since there may be many.
 */
export function awaitTurn(socket: Socket, bytes: SocketBytes, lost: () => void): void {
  const { connection } = bytes
  if (connection.awaiting === undefined) {
    connection.awaiting = new Map()
    socket.once('close', () => process.nextTick(tellLost, connection))
  }
  connection.awaiting.set(bytes, lost)
}

/** Those that had their turn have heard of the end by now, and are not here any more. */
function tellLost({ awaiting }: ConnectionBytes): void {
  for (const lost of [...(awaiting?.values() ?? [])]) lost()
  awaiting?.clear()
}

/** What the request and its response took; to be called when the response has closed. `complete`: the request was read to its end. */
export function endBytes(socket: Socket, bytes: SocketBytes, complete: boolean): ExchangeBytes {
  const { connection, request } = bytes
  if (connection.current === bytes) connection.current = undefined
  connection.unread = complete ? undefined : request
  if (bytes.pipelined) {
    connection.awaiting?.delete(bytes)
    const written = bytes.written ?? takeWritten(socket, connection)
    connection.read = socket.bytesRead
    return { read: sizeOf(request), written }
  }
  const taken = takeBytes(socket, connection)
  return bytes.afterOthers ? { read: sizeOf(request), written: taken.written } : taken
}

/** Whether anybody wrote on the connection since what was counted last. A client that waits for a `100 Continue` has had it by now, in its own reply. */
function passOverOthers(socket: Socket, connection: ConnectionBytes, request: RawRequest): boolean {
  const { bytesWritten } = socket
  if (bytesWritten === connection.written || request.headers.expect !== undefined) return false
  connection.written = bytesWritten
  return true
}

/** Bytes read and written since the last call for this socket. */
export function takeBytes(socket: Socket, connection = connectionOf(socket)): ExchangeBytes {
  const { bytesRead } = socket
  const read = bytesRead - connection.read
  connection.read = bytesRead
  return { read, written: takeWritten(socket, connection) }
}

/** What an error of a connection may be about: a request that is still coming in, or one whose reply is under way. */
export function underWay(socket: Socket): 'request' | 'reply' | undefined {
  const { current, unread } = connectionOf(socket)
  const request = current?.request ?? unread
  if (request?.complete === false) return 'request'
  return current && 'reply'
}

/** Bytes read since they were last taken for this socket. */
export function untakenBytes(socket: Socket): number {
  return socket.bytesRead - connectionOf(socket).read
}

function takeAtFinish(socket: Socket, bytes: SocketBytes): void {
  const { connection, response } = bytes
  response.prependListener('finish', () => {
    bytes.written = takeWritten(socket, connection)
  })
}

/** Asked for once: Node adds up what waits to be written. */
function takeWritten(socket: Socket, connection: ConnectionBytes): number {
  const { bytesWritten } = socket
  const written = bytesWritten - connection.written
  connection.written = bytesWritten
  return written
}

function connectionOf(socket: Socket & Counted): ConnectionBytes {
  socket[state] ??= {
    counts: typeof socket.bytesRead === 'number' && typeof socket.bytesWritten === 'number',
    read: 0,
    written: 0,
    current: undefined,
    unread: undefined,
    awaiting: undefined,
  }
  return socket[state]
}

const CRLF = 2

/** The head as clients write it, and the body as it is declared; one in chunks has no declared length. */
function sizeOf({ method, url, httpVersion, headers, rawHeaders }: RawRequest): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined
  let size = `${method} ${url} HTTP/${httpVersion}`.length + CRLF
  for (let i = 0; i < rawHeaders.length; i += 2) {
    size += `${rawHeaders[i]}: ${rawHeaders[i + 1]}`.length + CRLF
  }
  return size + CRLF + Number(headers['content-length'] ?? 0)
}
