/**
 * One request, from the first look at it to the 'close' of its raw response, which every request reaches however it ends. Nothing is
 * read from the request's stream, and of the response only writeHead is wrapped, to know when the reply began: Node calls it itself
 * when the application does not, and the wrapper passes on exactly what it is given. Bodies are looked at only where there is no other way to
 * know their size (HTTP/2), or where they are to be captured (capture.ts).
 *
 * This runs for every request of an application: what it remembers is one object, and nothing but writeHead becomes a property of the response. Where a framework
 * has changed its prototype, as Express does for each request, no two requests have a shape in common: every property of theirs that is read costs the engine some tenths of
 * a microsecond, every one that is added some microseconds. So what was read once is not read again, and what can be read before is read before (first-look.ts).
 */

import type { Socket } from 'node:net'
import type { Outcome } from '@pumphouse/record'
import { apply } from './apply.ts'
import { tapRequest, tapResponse } from './body-taps.ts'
import type { RequestCapture } from './capture.ts'
import type { OpenRequest } from './open-requests.ts'
import { isComplete, outcomeOf, type RawRequest, type RawResponse, type Session } from './outcome.ts'
import { nextRequestId } from './request-id.ts'
import {
  addSpan,
  hostOf,
  lengthOf,
  type RequestRecord,
  recordOfHead,
  roundToMicros,
  urlOf,
  withoutQuery,
} from './request-record.ts'
import type { RequestWatch } from './request-watch.ts'
import { type GivenHeaders, sentHeader } from './sent-headers.ts'
import { awaitTurn, countBytes, type ExchangeBytes, endBytes, type SocketBytes } from './socket-bytes.ts'

const HTTP_2 = '2'

/** `captured` goes by the route: it is to be put into the record by who knows that. */
export type OnRecord = (record: RequestRecord, captured: RequestCapture | undefined) => void

/** By the version of a request. */
export function isHttp1(version = HTTP_2): boolean {
  return version < HTTP_2
}

/** A request under way. Whoever wants a record of it claims it, once, when it comes or later. */
export class Observation implements OpenRequest {
  readonly startMs = performance.now()
  previous: OpenRequest | undefined = undefined
  next: OpenRequest | undefined = undefined
  /** When the head was sent, and with which headers. */
  #headMs: number | undefined = undefined
  #headers: GivenHeaders | undefined = undefined
  /** As it was sent: what an error handler sets later reaches nobody. */
  #sentStatus: number | undefined = undefined

  /** Whether it had closed when it was looked at: there is nothing to be heard or counted any more. */
  readonly #late: boolean
  readonly #request: RawRequest
  readonly #response: RawResponse
  readonly #record: RequestRecord
  /** Of those that nobody asked for yet there is none. */
  #watch: RequestWatch | undefined = undefined
  #onRecord: OnRecord | undefined = undefined
  #capture: RequestCapture | undefined = undefined
  /** Whether the record has the ids of a span already, or there is none to be asked for. */
  #spanKnown = false
  /** Of HTTP/1; in HTTP/2 it serves many at a time. */
  readonly #socket: Socket | undefined
  /** Of HTTP/2. */
  readonly #session: Session | undefined
  readonly #bytes: SocketBytes | undefined
  readonly #bodies: { read: number; written: number } | undefined
  /** Whether all is in the record that there is. */
  #ended = false
  /** Its response has had no turn on the connection: whatever the application answered, nothing was sent. */
  #unsent = false

  /** Looks at what is known of a request when it comes, and watches its response. `url`: see recordOfHead. */
  constructor(request: RawRequest, response: RawResponse, url?: string) {
    const { socket } = request
    this.#request = request
    this.#response = response
    this.#late = isClosed(response)
    // Asked once while it is connected, a socket remembers its peer: frameworks look it up when it may be gone.
    this.#record = recordOfHead(request, Date.now(), socket?.remoteAddress, url)
    if (isHttp1(this.#record.httpVersion)) {
      this.#socket = socket ?? undefined
      this.#session = undefined
      this.#bodies = undefined
      this.#bytes = socket && !this.#late ? countBytes(socket, request, response) : undefined
      if (this.#bytes?.pipelined && !response.socket) {
        this.#unsent = true
        response.once('socket', () => {
          this.#unsent = false
        })
        awaitTurn(socket, this.#bytes, () => this.noteClose())
      }
    } else {
      this.#socket = undefined
      this.#session = sessionOf(request)
      this.#bytes = undefined
      this.#bodies = this.#late ? undefined : countBodies(request, response)
    }
    response.on('close', () => this.noteClose())
    watchHead(response, this)
  }

  /** For one who comes to it later: what stands in front may have changed what was asked for, as a rewritten path. */
  lookAgain(): void {
    const { headers } = this.#request
    this.#record.method = this.#request.method
    this.#record.path = withoutQuery(urlOf(this.#request))
    this.#record.host = hostOf(headers)
    this.#record.userAgent = headers['user-agent']
  }

  /** Has a record made of it. One that is over is told of as soon as the application had its say. */
  claim(watch: RequestWatch, onRecord: OnRecord, route: string | undefined): void {
    this.#watch = watch
    this.#onRecord = onRecord
    watch.open.add(this)
    if (watch.activeSpan === undefined) this.#spanKnown = true
    else this.#askForSpan()
    // As it is now: what is answered from here on reaches nobody.
    if (this.#late) this.#end()
    if (this.#ended) {
      setImmediate(() => this.noteClose())
      return
    }
    this.#capture = watch.capture?.(this.#request, this.#response, this.#record.path, route)
  }

  /** writeHead has returned. A second one throws, and one with headers that cannot be sent: they leave nothing here. */
  noteHead(args: readonly unknown[]): void {
    try {
      // In HTTP/2 it may have been too late for that.
      if (this.#socket === undefined && !this.#response.headersSent) return
      this.#headMs ??= performance.now()
      this.#sentStatus = this.#response.statusCode
      if (!this.#spanKnown) this.#askForSpan()
      const last = args[args.length - 1]
      if (typeof last === 'object' && last !== null) this.#headers = last as GivenHeaders
      this.#capture?.noteHead(this.#headers)
    } catch (error) {
      this.#watch?.failed(error)
    }
  }

  /** An instrumented server is looked at before OpenTelemetry begins a span; by the time of the reply it is there. */
  #askForSpan(): void {
    const span = this.#watch?.activeSpan?.()
    if (span === undefined) return
    this.#spanKnown = true
    addSpan(this.#record, span)
  }

  noteClose(): void {
    this.#end(this.#unsent ? 'aborted' : undefined)
    if (this.#onRecord === undefined) return
    this.#watch?.open.remove(this)
    this.#tell()
  }

  announce(): void {
    // Its only record is about to be made.
    if (this.#ended) return
    this.#record.requestId = nextRequestId()
    this.#describe()
    this.#onRecord?.({ ...this.#record, phase: 'open' }, this.#capture)
  }

  shutDown(): void {
    this.#end('shutdown')
    this.#tell()
  }

  #tell(): void {
    const onRecord = this.#onRecord
    this.#onRecord = undefined
    onRecord?.(this.#record, this.#capture)
  }

  #end(outcome?: Outcome): void {
    if (this.#ended) return
    const record = this.#record
    this.#ended = true
    if (record.requestId !== undefined) record.phase = 'close'
    try {
      const durationMs = performance.now() - this.startMs
      record.durationMs = roundToMicros(durationMs)
      this.#describe()
      const complete = this.#isComplete()
      record.outcome = outcome ?? this.#outcome(complete, durationMs)
      const bytes = this.#takeBytes(complete)
      record.requestBytes = bytes?.read
      record.responseBytes = bytes?.written
    } catch (error) {
      this.#watch?.failed(error)
    }
  }

  #isComplete(): boolean {
    if (this.#bodies === undefined) return this.#request.complete
    return isComplete(this.#request, this.#record.requestContentLength, this.#bodies.read)
  }

  #outcome(complete: boolean | undefined, durationMs: number): Outcome {
    return outcomeOf({
      request: this.#request,
      complete,
      response: this.#response,
      socket: this.#socket,
      session: this.#session,
      statusCode: this.#record.statusCode,
      durationMs,
    })
  }

  #describe(): void {
    try {
      this.#addSent()
    } catch (error) {
      this.#watch?.failed(error)
    }
  }

  #addSent(): void {
    const record = this.#record
    const response = this.#response
    if (this.#unsent) return
    if (this.#headMs !== undefined) record.ttfbMs = roundToMicros(this.#headMs - this.startMs)
    record.statusCode = this.#sentStatus ?? (response.headersSent ? response.statusCode : undefined)
    record.responseContentLength = lengthOf(sentHeader(response, this.#headers, 'content-length'))
  }

  #takeBytes(complete: boolean): ExchangeBytes | undefined {
    if (this.#bodies !== undefined) return this.#bodies
    return this.#socket && this.#bytes && endBytes(this.#socket, this.#bytes, complete)
  }
}

/** Whether its 'close' has been. In HTTP/2 it may be about to be. */
function isClosed(response: RawResponse): boolean {
  return 'stream' in response ? (response.stream?.destroyed ?? true) : response.closed
}

/** Its stream forgets it when it is over. */
function sessionOf(request: RawRequest): Session | undefined {
  return 'stream' in request ? (request.stream?.session as Session | undefined) : undefined
}

/** Tells the observation of the response with what its head was written. */
function watchHead(response: RawResponse, observation: Observation): void {
  response.writeHead = telling(response, observation) as RawResponse['writeHead']
}

/**
 * The wrapper comes from a call and is not written into the assignment: what an assignment to a property says in place V8 takes for something that stays, and makes it in the old
 * space, where each of them keeps its request and all that belongs to it until the next full collection.
 */
function telling(response: RawResponse, observation: Observation): (this: RawResponse, ...args: unknown[]) => unknown {
  const { writeHead } = response
  return function (...args) {
    // Somebody may call it for another response.
    if (this !== response && this.req !== response.req) return apply(Object.getPrototypeOf(this).writeHead, this, args)
    const returned = apply(writeHead, this, args)
    observation.noteHead(args)
    return returned
  }
}

/** The head and the frames of HTTP/2 belong to the whole connection: what counts is the bodies. */
function countBodies(request: RawRequest, response: RawResponse): { read: number; written: number } {
  const bodies = { read: 0, written: 0 }
  tapRequest(request, (chunk, encoding) => {
    bodies.read += Buffer.byteLength(chunk, encoding)
  })
  if (request.method !== 'HEAD') {
    tapResponse(response, (chunk, encoding) => {
      bodies.written += Buffer.byteLength(chunk, encoding)
    })
  }
  return bodies
}
