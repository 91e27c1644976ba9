/**
 * Keeps the set within `analytics.retention`, about once a second. Off unless it is configured: this is the one policy that lets go of what
 * was never delivered, so each pump's share of it is counted as removed, and said in the log: at once when it begins, then summed up.
 */
import { retain } from '@pumphouse/queue'
import type { Redis } from 'ioredis'
import type { DaemonConfig } from './config/config.ts'
import { createEpisode } from './pipeline/episode.ts'
import { within } from './pipeline/pause.ts'
import type { PipelineSurroundings } from './pipeline/surroundings.ts'

export interface RetentionKeeper {
  /** Ends; waits for what is under way, no longer than `deadlineMs`. */
  stop(deadlineMs: number): Promise<void>
}

/** The set is at most this much beyond its limits. */
const RETAIN_INTERVAL_MS = 1_000
/** A backlog at its limit loses some every second; a line a minute says it as well. */
const SAY_EVERY_MS = 60_000

/** Begins at once, when there is a limit. */
export function startRetention(source: {
  readonly redis: Redis
  readonly set: DaemonConfig['analytics']
  readonly log: PipelineSurroundings['log']
  readonly isAwaySaid?: PipelineSurroundings['isAwaySaid']
}): RetentionKeeper {
  const { redis, set, log, isAwaySaid } = source
  const episode = createEpisode(
    log,
    {},
    { failed: 'the retention cannot be kept', recovered: 'the retention is kept' },
    isAwaySaid,
  )
  let unsaid = new Map<string, number>()
  let saidAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let round = Promise.resolve()
  let stopping = false

  function say(): void {
    if (unsaid.size === 0) return
    log.warn({ pumps: Object.fromEntries(unsaid) }, 'records were removed by the retention before they were settled')
    unsaid = new Map()
    saidAt = performance.now()
  }

  async function retainOnce(): Promise<void> {
    if (redis.status !== 'ready') return
    try {
      for (let partition = 0; partition < set.partitions; partition++) {
        const removed = await retain(redis, { name: set.name, partition }, set.retention)
        for (const [pump, records] of removed) unsaid.set(pump, (unsaid.get(pump) ?? 0) + records)
      }
      episode.recovered()
    } catch (error) {
      episode.failed(error)
    }
    if (performance.now() - saidAt >= SAY_EVERY_MS) say()
  }

  function next(): void {
    round = retainOnce().then(() => {
      if (!stopping) timer = setTimeout(next, RETAIN_INTERVAL_MS)
    })
  }
  if (set.retention.maxAgeMs > 0 || set.retention.maxRecords > 0) next()

  return {
    async stop(deadlineMs) {
      stopping = true
      clearTimeout(timer)
      await within(round, deadlineMs)
      say()
    },
  }
}
