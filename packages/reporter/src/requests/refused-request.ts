/**
 * What came over a connection and could not be read as a request: Node tells it as 'clientError', and so does a connection that breaks. Which of
 * them is a request of its own:
 *
 *   the last request on the connection is still coming in    no: it breaks that one, whose record says so
 *   its reply is still under way, and it is no parse error   no: the connection broke, that record says so
 *   no bytes came that belong to no request                  no: an idle connection ended
 *   the connection had one that was                          no: an application that answers itself may leave it open, and hears of each thing that comes after
 *   anything else                                            yes
 *
 *   timeout          the head took too long to come
 *   request_aborted  the client left in the middle of the head
 *   ok               it was answered; error: with a status of 500 or more
 *   aborted          it was not
 */

import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Outcome } from '@pumphouse/record'
import { errorNameOf } from '../adapters/error-name.ts'
import type { RecordInput } from '../reporter.ts'
import { answeredStatus } from './answered-status.ts'
import { FIRST_SERVER_ERROR } from './outcome.ts'
import { roundToMicros, withoutQuery } from './request-record.ts'
import { takeBytes, underWay, untakenBytes } from './socket-bytes.ts'

/** Parse errors of Node are named like this. */
const PARSE_ERROR = /^HPE_/
const REQUEST_LINE = /^([A-Z][A-Z-]*) (\S+) HTTP\//
/** Room for the longest request line that is worth naming. */
const MAX_REQUEST_LINE_LENGTH = 8192

/** Connections with a refused request: after one nothing on them is read as another. */
const refused = new WeakSet<Socket>()

interface ClientError extends Error {
  readonly code?: string
  /** What was being parsed. */
  readonly rawPacket?: Uint8Array
}

/** Calls `onClose` once, when the connection has closed, if the error is that of a request of its own. Call it before the application hears of it. */
export function watchRefusal(error: ClientError, socket: Duplex, onClose: (record: RecordInput) => void): void {
  if (!(socket instanceof Socket) || refused.has(socket) || !isOwnRequest(error, socket)) return
  refused.add(socket)
  const startMs = performance.now()
  const { code } = error
  const head = recordOfHead(error, socket)
  let ttfbMs: number | undefined
  const status = answeredStatus(socket, () => {
    ttfbMs = roundToMicros(performance.now() - startMs)
  })
  socket.on('close', () => {
    const durationMs = roundToMicros(performance.now() - startMs)
    const bytes = takeBytes(socket)
    const statusCode = status()
    onClose({
      ...head,
      durationMs,
      ttfbMs,
      statusCode,
      outcome: outcomeOf(code, statusCode),
      requestBytes: bytes?.read,
      responseBytes: bytes?.written,
    })
  })
}

function isOwnRequest(error: ClientError, socket: Socket): boolean {
  switch (underWay(socket)) {
    case 'request':
      return false
    case 'reply':
      return isParseError(error.code)
    default:
      return untakenBytes(socket) > 0
  }
}

function recordOfHead(error: ClientError, socket: Socket): RecordInput {
  const [, method, url] = REQUEST_LINE.exec(firstLine(error.rawPacket, socket)) ?? []
  return {
    timestamp: Date.now(),
    method,
    path: url && withoutQuery(url),
    clientIp: socket.remoteAddress,
    errorName: error.code ?? errorNameOf(error),
  }
}

/** The line that the packet begins with, if it is all that came of this request: else it begins elsewhere. */
function firstLine(packet: Uint8Array | undefined, socket: Socket): string {
  if (packet === undefined || packet.length !== untakenBytes(socket)) return ''
  const start = Buffer.from(packet.subarray(0, MAX_REQUEST_LINE_LENGTH)).toString('latin1')
  const end = start.indexOf('\n')
  return end < 0 ? start : start.slice(0, end)
}

function outcomeOf(code: string | undefined, status: number | undefined): Outcome {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'timeout'
  if (code === 'HPE_INVALID_EOF_STATE' || !isParseError(code)) return 'request_aborted'
  if (status === undefined) return 'aborted'
  return status >= FIRST_SERVER_ERROR ? 'error' : 'ok'
}

function isParseError(code: string | undefined): boolean {
  return code !== undefined && PARSE_ERROR.test(code)
}
