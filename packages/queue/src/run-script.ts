import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { asRedisError, RedisError } from './redis-error.ts'
import type { Reply } from './reply.ts'

/** A Lua script: atomic in Redis, named by the hash of its source. */
export interface Script {
  readonly source: string
  /** SHA-1 of the source, as EVALSHA wants it. */
  readonly sha: () => string
}

/** What a command takes: bytes, or what is sent as text. */
export type Argument = string | number | Buffer

/** Declares a script. */
export function defineScript(source: string): Script {
  let sha: string | undefined
  return {
    source,
    sha: () => {
      sha ??= createHash('sha1').update(source).digest('hex')
      return sha
    },
  }
}

/**
 * Runs a script by its hash, and by its source when Redis does not know it (new, restarted, or SCRIPT FLUSH): nothing
 * has run then, so sending it again is safe. `read` makes of the reply what the caller wants, and throws when it is none of this script's:
 * the connection is given up then, because answers that are out of step with their commands stay so. Throws RedisError.
 */
export async function runScript<T = Reply>(
  redis: Redis,
  script: Script,
  keys: readonly string[],
  args: readonly Argument[],
  read: (reply: Reply) => T = reply => reply as T,
): Promise<T> {
  const rest = [keys.length, ...keys, ...args]
  try {
    return await runCommand(redis, 'EVALSHA', [script.sha(), ...rest], read)
  } catch (error) {
    if (!(error instanceof RedisError) || error.reply !== 'NOSCRIPT') throw error
  }
  return runCommand(redis, 'EVAL', [script.source, ...rest], read)
}

/** Runs one command; `read` as in runScript. Throws RedisError. */
export async function runCommand<T>(
  redis: Redis,
  name: string,
  args: Argument[],
  read: (reply: Reply) => T,
): Promise<T> {
  const reply = await ask(redis, name, args)
  try {
    return read(reply)
  } catch (error) {
    redis.disconnect(true)
    throw asRedisError(error)
  }
}

async function ask(redis: Redis, name: string, args: Argument[]): Promise<Reply> {
  try {
    return (await redis.callBuffer(name, args)) as Reply
  } catch (error) {
    throw failure(redis, error)
  }
}

/** Without a connection the client speaks of its own options: what is meant is said instead. */
function failure(redis: Redis, error: unknown): RedisError {
  const known = asRedisError(error)
  const isAway = known.code === 'PH_REDIS_AWAY' && redis.status !== 'ready'
  return isAway ? new RedisError('PH_REDIS_AWAY', 'there is no connection to Redis') : known
}
