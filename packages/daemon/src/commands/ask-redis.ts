import { errorMessage, maskPasswords } from '@pumphouse/options'
import { connectRedis, RedisError, type RedisOptions } from '@pumphouse/queue'
import type { Redis } from 'ioredis'

/**
 * Asks Redis on a connection of its own, once: a command does not wait for a Redis that is away. Throws an error whose message says where
 * Redis was looked for when it cannot be reached or does not answer.
 */
export async function askRedis<T>(
  options: RedisOptions,
  command: string,
  ask: (redis: Redis) => Promise<T>,
): Promise<T> {
  let redis: Redis | undefined
  const place = `Redis at ${maskPasswords(options.url)}`
  try {
    await new Promise<void>((resolve, reject) => {
      redis = connectRedis(options, `pumphouse-${command}`, { onUp: resolve, onDown: reject })
    }).catch(error => {
      throw new CannotAsk(`${place} cannot be asked: ${errorMessage(error)}`)
    })
    return await ask(redis!)
  } catch (error) {
    if (!(error instanceof RedisError)) throw error
    throw new CannotAsk(`${place} cannot be asked: ${errorMessage(error)}`)
  } finally {
    redis?.disconnect()
  }
}

/** Redis is away or refuses; the message is a sentence for the user. */
export class CannotAsk extends Error {}
