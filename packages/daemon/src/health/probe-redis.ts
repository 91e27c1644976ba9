import { errorMessage } from '@pumphouse/options'
import type { Redis } from 'ioredis'
import type { RedisProbe } from './report.ts'

/** Shorter than the second that a Kubernetes probe waits by default, so that "Redis does not answer" is an answer and not a timeout. */
const MAX_PING_MS = 800

/**
 * Asks Redis now, on the connection the pipelines use. `whyAway` is said when there is no connection to ask on. Never rejects; resolves
 * within 0.8 s.
 */
export async function probeRedis(redis: Redis, whyAway?: string): Promise<RedisProbe> {
  if (redis.status !== 'ready') {
    return { reachable: false, error: `not connected${whyAway === undefined ? '' : `: ${whyAway}`}` }
  }
  const startMs = performance.now()
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${MAX_PING_MS} ms`)), MAX_PING_MS)
  })
  try {
    await Promise.race([redis.ping(), timeout])
    return { reachable: true, pingMs: Math.round(performance.now() - startMs) }
  } catch (error) {
    return { reachable: false, error: errorMessage(error) }
  } finally {
    clearTimeout(timer)
  }
}
