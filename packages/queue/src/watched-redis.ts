/**
 * A client that gives a silent connection up.
 *
 * ioredis knows two timeouts, and neither fits. `commandTimeout` fails the command and keeps the connection: on a half-open one every
 * further command waits its full time. `socketTimeout` keeps its timer when the connection is lost and then destroys the next one. So
 * the connection is watched here: while a reply is owed, some byte must arrive, or leave a full send buffer, every
 * `silenceMs`. When none does, the socket is destroyed; ioredis then fails what is in flight and reconnects.
 */
import { type RedisOptions as ClientOptions, type Command, Redis } from 'ioredis'

/** Looks per silence: it is noticed at most a quarter late. */
const LOOKS_PER_SILENCE = 4

/** An ioredis client that destroys a connection on which a reply is owed and nothing has moved for `silenceMs`. */
export class WatchedRedis extends Redis {
  readonly #silenceMs: number
  #owed = 0
  #watch: NodeJS.Timeout | undefined
  #movedBytes = -1
  #movedAtMs = 0

  constructor(url: string, options: ClientOptions, silenceMs: number) {
    super(url, options)
    this.#silenceMs = silenceMs
  }

  override sendCommand(...args: Parameters<Redis['sendCommand']>): unknown {
    const [command] = args
    const reply = super.sendCommand(...args)
    this.#owe(command)
    return reply
  }

  #owe(command: Command): void {
    this.#owed++
    const settled = (): void => {
      if (--this.#owed === 0) this.#rest()
    }
    Promise.resolve(command.promise).then(settled, settled)
    if (this.#watch !== undefined) return
    this.#movedBytes = -1
    this.#watch = setInterval(() => this.#look(), this.#silenceMs / LOOKS_PER_SILENCE)
    this.#watch.unref()
  }

  #rest(): void {
    clearInterval(this.#watch)
    this.#watch = undefined
  }

  #look(): void {
    const { stream } = this
    if (stream === undefined || stream.destroyed) return
    const movedBytes = stream.bytesRead + stream.bytesWritten - stream.writableLength
    const nowMs = performance.now()
    if (movedBytes !== this.#movedBytes) {
      this.#movedBytes = movedBytes
      this.#movedAtMs = nowMs
    } else if (nowMs - this.#movedAtMs >= this.#silenceMs) {
      stream.destroy(new Error(`no answer from Redis for ${this.#silenceMs} ms`))
    }
  }
}
