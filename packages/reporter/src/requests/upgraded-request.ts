/**
 * A request whose connection leaves HTTP: an upgrade (WebSocket) or a CONNECT. There is no response object; the status is what the application
 * writes first to the socket, and the record is made when the socket closes.
 *
 *   ok              a status was sent and the socket closed
 *   error           the status is 500 or more
 *   stream_closed   a status was sent and the connection broke later
 *   aborted         the socket closed before any status was sent
 *   shutdown        the application closes while the socket is open
 */

import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Outcome } from '@pumphouse/record'
import { answeredStatus } from './answered-status.ts'
import type { OpenRequest } from './open-requests.ts'
import { FIRST_SERVER_ERROR } from './outcome.ts'
import { nextRequestId } from './request-id.ts'
import { addSpan, type RequestRecord, recordOfHead, roundToMicros } from './request-record.ts'
import type { RequestWatch } from './request-watch.ts'
import { takeBytes } from './socket-bytes.ts'

/**
 * Calls `onRecord` when the socket has closed or the application closes; before that once more, if the options ask for it. Call it before the application
 * gets the socket. `onRecord` must not throw.
 */
export function watchUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  { open, activeSpan }: RequestWatch,
  onRecord: (record: RequestRecord) => void,
): void {
  const startMs = performance.now()
  const connection = socket instanceof Socket ? socket : undefined
  const record = recordOfHead(request, Date.now(), connection?.remoteAddress)
  const span = activeSpan?.()
  if (span !== undefined) addSpan(record, span)
  const status = answeredStatus(socket, () => {
    record.ttfbMs = roundToMicros(performance.now() - startMs)
  })
  let ended = false

  function end(outcome: Outcome): void {
    ended = true
    const bytes = connection && takeBytes(connection)
    record.durationMs = roundToMicros(performance.now() - startMs)
    record.statusCode = status()
    record.outcome = outcome
    record.requestBytes = bytes?.read
    record.responseBytes = bytes?.written
    if (record.requestId !== undefined) record.phase = 'close'
    onRecord(record)
  }

  const entry: OpenRequest = {
    startMs,
    previous: undefined,
    next: undefined,
    announce() {
      record.requestId = nextRequestId()
      record.statusCode = status()
      onRecord({ ...record, phase: 'open' })
    },
    shutDown: () => end('shutdown'),
  }
  open.add(entry)
  socket.on('close', () => {
    open.remove(entry)
    if (!ended) end(outcomeOf(status(), socket))
  })
}

function outcomeOf(status: number | undefined, socket: Duplex): Outcome {
  if (status === undefined) return 'aborted'
  if (socket.errored) return 'stream_closed'
  return status >= FIRST_SERVER_ERROR ? 'error' : 'ok'
}
