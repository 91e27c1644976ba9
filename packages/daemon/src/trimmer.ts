/**
 * Removes what every pump has finished from the set, so that Redis holds the backlog and nothing else. Looked at about once a second,
 * and done only when something was settled since: an idle daemon asks nothing of Redis.
 */

import { trim } from '@pumphouse/queue'
import type { Redis } from 'ioredis'
import { createEpisode } from './pipeline/episode.ts'
import type { FaultPoints } from './pipeline/fault-points.ts'
import { within } from './pipeline/pause.ts'
import type { PipelineSurroundings } from './pipeline/surroundings.ts'

export interface Trimmer {
  /** Trims a last time when something was settled since, waiting no longer than `deadlineMs`, and ends. */
  stop(deadlineMs: number): Promise<void>
}

export interface TrimmerSource {
  readonly redis: Redis
  readonly set: Pick<PipelineSurroundings['set'], 'name' | 'partitions'>
  readonly log: PipelineSurroundings['log']
  readonly isAwaySaid?: PipelineSurroundings['isAwaySaid']
  readonly faults?: FaultPoints | undefined
  /** Records settled by this process since it started. */
  settled(): number
  /** Resolves when the group of every pump exists: before that, a new pump's share could be trimmed away. */
  groupsExist(): Promise<unknown>
}

/** Short enough that the set holds no more than a second of finished frames, long enough to cost nothing. */
const TRIM_INTERVAL_MS = 1_000

/** Starts trimming; the first time at once, for what an earlier daemon settled and did not trim. */
export function startTrimmer({ redis, set, log, isAwaySaid, faults, settled, groupsExist }: TrimmerSource): Trimmer {
  const episode = createEpisode(
    log,
    {},
    { failed: 'finished frames cannot be trimmed', recovered: 'trimming again' },
    isAwaySaid,
  )
  let trimmedAt = -1
  let timer: NodeJS.Timeout | undefined
  let round = Promise.resolve()
  let stopping = false

  async function trimOnce(): Promise<void> {
    const settledNow = settled()
    if (settledNow === trimmedAt || redis.status !== 'ready') return
    try {
      await groupsExist()
      for (let partition = 0; partition < set.partitions; partition++) {
        const trimming = trim(redis, { name: set.name, partition })
        faults?.enter('during-trim')
        await trimming
      }
      trimmedAt = settledNow
      episode.recovered()
    } catch (error) {
      episode.failed(error)
    }
  }

  function next(): void {
    round = trimOnce().then(() => {
      if (!stopping) timer = setTimeout(next, TRIM_INTERVAL_MS)
    })
  }
  next()

  return {
    async stop(deadlineMs) {
      stopping = true
      clearTimeout(timer)
      await within(round.then(trimOnce), deadlineMs)
    },
  }
}
