import type { Redis } from 'ioredis'
import { asRedisError } from './redis-error.ts'
import { WatchedRedis } from './watched-redis.ts'

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

/** What a client says about its connection. */
export interface RedisEvents {
  /** Commands can be sent: at first, and after every episode without connection. */
  onUp?(): void
  /** Once per episode, not per attempt; also when the first attempt fails. Never called for a close the caller asked for. */
  onDown?(error: Error): void
}

const DEFAULT_CONNECT_TIMEOUT_MS = 5_000
const DEFAULT_COMMAND_TIMEOUT_MS = 10_000
/** TCP probes on an idle connection: firewalls forget those that are silent for some minutes. */
const KEEP_ALIVE_MS = 30_000
const FIRST_RETRY_MS = 100
const MAX_RETRY_MS = 2_000
/** A dataset that loads is asked after at least this often. */
const MAX_LOADING_RETRY_MS = 1_000

/** For the other side to end a connection that is given up. The client waits so long for one, and holds the process, also where the connection has ended before. */
const DISCONNECT_MS = 100

/**
 * A client that connects by itself, reconnects for ever with jittered backoff (100 ms … 2 s), never queues commands while
 * disconnected (they fail at once), and never emits an unhandled 'error'. `name` is what CLIENT LIST shows. A command whose connection
 * is lost fails and is not sent again: it may have run, and only its caller knows whether it may run twice. No message
 * and no error of `events` holds a password.
 */
export function connectRedis(options: RedisOptions, name: string, events: RedisEvents = {}): Redis {
  const redis = new WatchedRedis(
    options.url,
    {
      connectionName: name.replaceAll(/\s+/g, '-'),
      ...(options.username !== undefined && { username: options.username }),
      ...(options.password !== undefined && { password: options.password }),
      connectTimeout: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
      keepAlive: KEEP_ALIVE_MS,
      disconnectTimeout: DISCONNECT_MS,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      maxLoadingRetryTime: MAX_LOADING_RETRY_MS,
      retryStrategy: retryDelayMs,
      // A master that became a replica keeps its connections: only a new one finds the new master.
      reconnectOnError: error => asRedisError(error).reply === 'READONLY',
    },
    options.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS,
  )
  let state: 'new' | 'up' | 'down' = 'new'
  let lastError: Error | undefined
  redis.on('error', (error: Error) => {
    lastError = asRedisError(error)
  })
  redis.on('ready', () => {
    lastError = undefined
    if (state === 'up') return
    state = 'up'
    events.onUp?.()
  })
  // Emitted when a connection ended or failed and another attempt is due; not after a close the caller asked for.
  redis.on('reconnecting', () => {
    if (state === 'down') return
    state = 'down'
    events.onDown?.(lastError ?? asRedisError(new Error('connection closed by Redis')))
  })
  return redis
}

/** Exponential, the upper half at random: clients that lost the same Redis come back one after the other. */
function retryDelayMs(attempt: number): number {
  const delayMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 10))
  return Math.max(FIRST_RETRY_MS, delayMs * (0.5 + Math.random() / 2))
}
