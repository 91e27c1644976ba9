import type { Socket } from 'node:net'

/**
 * Bytes per request on a connection that serves several. Node counts for the socket; what was counted when the last response on it closed
 * is where the next request begins, because its head is read before anybody hears of it. Not exact with pipelining, where the bytes
 * of the next request may come with those of this one; the sums are.
 */
const counted = Symbol('pumphouse.countedBytes')

interface CountedSocket {
  [counted]?: { read: number; written: number }
}

/** Bytes read and written since the last call for this socket; undefined for what is no real socket. */
export function takeBytes(socket: Socket): { readonly read: number; readonly written: number } | undefined {
  const { bytesRead, bytesWritten } = socket
  if (typeof bytesRead !== 'number' || typeof bytesWritten !== 'number') return undefined
  const last = (socket as CountedSocket)[counted]
  if (last === undefined) {
    ;(socket as CountedSocket)[counted] = { read: bytesRead, written: bytesWritten }
    return { read: bytesRead, written: bytesWritten }
  }
  const taken = { read: bytesRead - last.read, written: bytesWritten - last.written }
  last.read = bytesRead
  last.written = bytesWritten
  return taken
}

/** Bytes read since takeBytes was last called for this socket. */
export function untakenBytes(socket: Socket): number {
  return socket.bytesRead - ((socket as CountedSocket)[counted]?.read ?? 0)
}
