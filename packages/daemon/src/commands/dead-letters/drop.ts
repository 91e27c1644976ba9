import { dropDeadLetters } from '@pumphouse/queue'
import type { Redis } from 'ioredis'
import type { DaemonConfig } from '../../config/config.ts'
import type { LettersLine } from './letters-line.ts'
import { selectLetters } from './select-letters.ts'

/** `pumphouse dead-letters drop`: deletes, and resolves with how many went and which names were none. Throws RedisError. */
export async function dropLetters(
  redis: Redis,
  set: DaemonConfig['analytics'],
  line: LettersLine,
): Promise<{ readonly dropped: number; readonly missing: readonly string[] }> {
  const missing: string[] = []
  let dropped = 0
  for await (const page of selectLetters(redis, set, line, false, id => missing.push(id))) {
    const ids = page.map(({ id }) => id)
    dropped += await dropDeadLetters(redis, set, ids)
  }
  return { dropped, missing }
}
