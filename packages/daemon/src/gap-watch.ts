/**
 * Looks once a minute whether frames of a producer never came, and says it in the log: a line for each reporter whose gaps grew. A daemon says
 * of each what it finds first, so that after its start the log tells how things stand.
 */
import { readProducers } from '@pumphouse/queue'
import type { Redis } from 'ioredis'
import type { DaemonConfig } from './config/config.ts'
import { createEpisode } from './pipeline/episode.ts'
import { within } from './pipeline/pause.ts'
import type { PipelineSurroundings } from './pipeline/surroundings.ts'

export interface GapWatch {
  /** Ends; waits for what is under way, no longer than `deadlineMs`. */
  stop(deadlineMs: number): Promise<void>
}

/** Nobody can bring what is missing, so nobody is in a hurry. */
const LOOK_EVERY_MS = 60_000
/** Lines a look may write: when Redis or a spool was lost, every reporter has gaps. `pumphouse status` has all. */
const MOST_LINES = 20

/** The first look is after `everyMs`, a minute unless a test says otherwise. */
export function startGapWatch(source: {
  readonly redis: Redis
  readonly set: Pick<DaemonConfig['analytics'], 'name' | 'partitions'>
  readonly log: PipelineSurroundings['log']
  readonly isAwaySaid?: PipelineSurroundings['isAwaySaid']
  readonly everyMs?: number
}): GapWatch {
  const { redis, set, log, isAwaySaid, everyMs = LOOK_EVERY_MS } = source
  const episode = createEpisode(
    log,
    {},
    { failed: 'the account of the producers cannot be read', recovered: 'the account of the producers is read again' },
    isAwaySaid,
  )
  /** Missing frames that were spoken of, by instance. */
  let said = new Map<string, number>()
  let round = Promise.resolve()

  async function look(): Promise<void> {
    if (redis.status !== 'ready') return
    try {
      const gaps = (await readProducers(redis, set)).producers.filter(({ missingFrames }) => missingFrames > 0)
      const grown = gaps.filter(({ instance, missingFrames }) => missingFrames > (said.get(instance) ?? 0))
      for (const { service, instance, missingFrames, unaccounted } of grown.slice(0, MOST_LINES)) {
        log.warn({ service, instance, missingFrames, unaccounted }, 'frames of a producer never came')
      }
      said = new Map(gaps.map(({ instance, missingFrames }) => [instance, missingFrames]))
      episode.recovered()
    } catch (error) {
      episode.failed(error)
    }
  }

  const timer = setInterval(() => {
    round = round.then(look)
  }, everyMs)

  return {
    async stop(deadlineMs) {
      clearInterval(timer)
      await within(round, deadlineMs)
    },
  }
}
