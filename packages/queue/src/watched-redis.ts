/**
 * A client that gives a connection up on which no answer can be hoped for any more.
 *
 * ioredis knows two timeouts, and neither fits. `commandTimeout` fails the command and keeps the connection: on a half-open one every
 * further command waits its full time. `socketTimeout` keeps its timer when the connection is lost and then destroys the next one. And what
 * its parser throws at bytes that are no answer would end the process. So the connection is watched here, and its socket destroyed when
 *
 * - a reply is owed and in `silenceMs` no command was answered and next to nothing moved: arrived, or left a full send buffer. (What fits
 *   into the buffer proves nothing: it leaves for a peer that is gone, too.)
 * - what arrives is no answer, or one that is larger than any answer to us can be.
 *
 * ioredis then fails what is in flight and reconnects.
 */
import { type RedisOptions as ClientOptions, type Command, Redis } from 'ioredis'
import { isReply } from './redis-error.ts'

/** Looks per silence: it is noticed at most a quarter late. */
const LOOKS_PER_SILENCE = 4
/** A line that moves less in a whole silence is dead, or stuck in an answer that never ends while others are sent and swallowed. */
const MIN_MOVED_BYTES = 1024
/** Several times the largest answer there is, a take-over of 16 MiB and one frame. */
const MAX_UNANSWERED_BYTES = 64 * 1024 * 1024

type Socket = Redis['stream']

/** An ioredis client that destroys a connection which is silent for `silenceMs` while a reply is owed, or which brings what is no answer. */
export class WatchedRedis extends Redis {
  readonly #silenceMs: number
  #owed = 0
  #watch: NodeJS.Timeout | undefined
  /** Bytes received since a command was last answered. */
  #unanswered = 0
  #progress = { socket: undefined as Socket | undefined, read: 0, left: 0, wasFull: false, movedBytes: 0, atMs: 0 }

  constructor(url: string, options: ClientOptions, silenceMs: number) {
    super(url, options)
    this.#silenceMs = silenceMs
    this.on('connect', () => this.#guard(this.stream))
  }

  override sendCommand(...args: Parameters<Redis['sendCommand']>): unknown {
    const [command] = args
    const reply = super.sendCommand(...args)
    this.#owe(command)
    return reply
  }

  /** Puts itself between the socket and the parser, which is there already and has got nothing yet. */
  #guard(socket: Socket): void {
    const [parse] = socket.listeners('data') as [(bytes: Buffer) => void]
    this.#unanswered = 0
    socket.off('data', parse)
    socket.on('data', (bytes: Buffer) => {
      this.#unanswered += bytes.length
      try {
        parse(bytes)
      } catch {
        socket.destroy(new Error('Redis sent what is no answer'))
      }
      if (this.#unanswered > MAX_UNANSWERED_BYTES) {
        socket.destroy(new Error(`an answer from Redis is larger than ${MAX_UNANSWERED_BYTES} bytes`))
      }
    })
  }

  #owe(command: Command): void {
    this.#owed++
    const answered = (): void => {
      this.#unanswered = 0
      this.#progress.movedBytes = MIN_MOVED_BYTES
      this.#settle()
    }
    // One that fails without an answer, as all do at once before the connection is ready, says nothing of those that are owed one.
    Promise.resolve(command.promise).then(answered, error => (isReply(error) ? answered() : this.#settle()))
    if (this.#watch !== undefined) return
    this.#progress.socket = undefined
    this.#watch = setInterval(() => this.#look(), this.#silenceMs / LOOKS_PER_SILENCE)
    this.#watch.unref()
  }

  #settle(): void {
    this.#owed--
    if (this.#owed > 0) return
    clearInterval(this.#watch)
    this.#watch = undefined
  }

  #look(): void {
    const { stream: socket } = this
    if (socket === undefined || socket.destroyed) return
    const nowMs = performance.now()
    const last = this.#progress
    const read = socket.bytesRead
    const left = socket.bytesWritten - socket.writableLength
    const wasFull = socket.writableLength > 0
    const isOther = socket !== last.socket
    const leftFull = wasFull || last.wasFull ? left - last.left : 0
    const movedBytes = last.movedBytes + (read - last.read) + leftFull
    if (isOther || movedBytes >= MIN_MOVED_BYTES) {
      this.#progress = { socket, read, left, wasFull, movedBytes: 0, atMs: nowMs }
      return
    }
    this.#progress = { ...last, read, left, wasFull, movedBytes }
    if (nowMs - last.atMs >= this.#silenceMs) {
      socket.destroy(new Error(`no answer from Redis for ${this.#silenceMs} ms`))
    }
  }
}
