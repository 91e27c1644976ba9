import type { Redis } from 'ioredis'

/** The `redis:` section, the same for reporter and daemon. The schema that loads it is `redisOptions`. */
export interface RedisOptions {
  /** redis://[user[:password]@]host[:port][/db], or rediss:// for TLS. */
  readonly url: string
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** Default 5000. */
  readonly connectTimeoutMs?: number
  /** How long a command may wait for its reply before the connection counts as dead. Default 10000. */
  readonly commandTimeoutMs?: number
}

export interface RedisEvents {
  onUp?(): void
  /** Once per episode, not per attempt. */
  onDown?(error: Error): void
}

/**
 * A client that connects by itself, reconnects for ever with jittered backoff (100 ms … 2 s), never queues commands while
 * disconnected (they fail at once), and never emits an unhandled 'error'.
 */
export declare function connectRedis(options: RedisOptions, name: string, events?: RedisEvents): Redis
