import { findDeadLetter, type KeptDeadLetter, readDeadLetters } from '@pumphouse/queue'
import type { Redis } from 'ioredis'
import type { DaemonConfig } from '../../config/config.ts'
import type { LettersLine } from './letters-line.ts'

/**
 * The letters that were named, or those that match and were there when it began (by Redis' clock), `limit` at most, page by page. A name
 * that is none, or belongs to another pump than the filter's, is told to `missing`.
 */
export async function* selectLetters(
  redis: Redis,
  set: DaemonConfig['analytics'],
  { ids, filter, limit = Number.POSITIVE_INFINITY }: Pick<LettersLine, 'ids' | 'filter' | 'limit'>,
  bodies: boolean,
  missing: (id: string) => void,
): AsyncGenerator<readonly KeptDeadLetter[]> {
  for (const id of ids.slice(0, limit)) {
    const letter = await findDeadLetter(redis, set, id)
    if (letter && (filter.pump === undefined || letter.pump === filter.pump)) yield [letter]
    else missing(id)
  }
  if (ids.length > 0) return
  const [seconds] = await redis.time()
  const nowMs = (Number(seconds) + 1) * 1000
  const until = { ...filter, untilMs: Math.min(filter.untilMs ?? nowMs, nowMs) }
  let left = limit
  for await (const page of readDeadLetters(redis, set, until, { bodies })) {
    yield page.slice(0, left)
    left -= page.length
    if (left <= 0) return
  }
}
