import type { Group } from '@pumphouse/queue'
import { createBackoff } from './backoff.ts'
import type { Episode } from './episode.ts'
import { pause } from './pause.ts'

const BACKOFF = { initialMs: 100, maxMs: 5_000 }

/**
 * Creates the consumer groups that are new, again and again while Redis is away: from the moment its group exists, a pump's share is
 * kept. True when all exist, false when the pipeline stopped before that. Never rejects.
 */
export async function ensureGroups(
  groups: readonly Group[],
  startAt: 'backlog' | 'now',
  stopping: AbortSignal,
  episode: Episode,
): Promise<boolean> {
  const backoff = createBackoff(BACKOFF)
  while (!stopping.aborted) {
    try {
      for (const group of groups) await group.ensure(startAt)
      episode.recovered()
      return true
    } catch (error) {
      episode.failed(error)
      await pause(backoff.next(), stopping)
    }
  }
  return false
}
