/**
 * A request whose connection leaves HTTP: an upgrade (WebSocket) or a CONNECT. There is no response object; the status is what the application
 * writes first to the socket, and the record is made when the socket closes.
 *
 *   ok              a status was sent and the socket closed
 *   error           the status is 500 or more
 *   stream_closed   a status was sent and the connection broke later
 *   aborted         the socket closed before any status was sent
 */

import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Outcome } from '@pumphouse/record'
import { answeredStatus } from './answered-status.ts'
import { FIRST_SERVER_ERROR } from './outcome.ts'
import { type RequestRecord, recordOfHead, roundToMicros } from './request-record.ts'
import { takeBytes } from './socket-bytes.ts'

/** Calls `onClose` once, when the socket has closed. Call it before the application gets the socket. */
export function watchUpgrade(request: IncomingMessage, socket: Duplex, onClose: (record: RequestRecord) => void): void {
  const startMs = performance.now()
  const connection = socket instanceof Socket ? socket : undefined
  const record = recordOfHead(request, Date.now(), connection?.remoteAddress)
  const status = answeredStatus(socket, () => {
    record.ttfbMs = roundToMicros(performance.now() - startMs)
  })
  socket.on('close', () => {
    const bytes = connection && takeBytes(connection)
    record.durationMs = roundToMicros(performance.now() - startMs)
    record.statusCode = status()
    record.outcome = outcomeOf(record.statusCode, socket)
    record.requestBytes = bytes?.read
    record.responseBytes = bytes?.written
    onClose(record)
  })
}

function outcomeOf(status: number | undefined, socket: Duplex): Outcome {
  if (status === undefined) return 'aborted'
  if (socket.errored) return 'stream_closed'
  return status >= FIRST_SERVER_ERROR ? 'error' : 'ok'
}
