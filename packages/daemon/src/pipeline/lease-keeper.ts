import { errorMessage } from '@pumphouse/options'
import type { PumpLog } from '@pumphouse/pumps'
import type { Group } from '@pumphouse/queue'
import type { InFlight } from './in-flight.ts'

/** Ids of one script call. */
const MAX_IDS = 256

/** Keeps the leases of what is in flight. */
export interface LeaseKeeper {
  start(): void
  /** No further renewal; one in progress goes on to its end. Safe twice. */
  stop(): void
}

/**
 * Renews the leases of everything in flight every `everyMs`. What turns out to belong to another consumer is marked lost: it may still be
 * written here, but nothing of it is acked or counted here. A renewal that fails (Redis away) is tried again at the next round.
 */
export function createLeaseKeeper(options: {
  readonly groups: readonly Group[]
  readonly inFlight: InFlight
  readonly everyMs: number
  readonly log: PumpLog
  readonly fields: object
}): LeaseKeeper {
  const { groups, inFlight, everyMs, log, fields } = options
  let timer: NodeJS.Timeout | undefined

  async function renew(group: Group, partition: number): Promise<void> {
    const ids = inFlight.ids(partition)
    for (let from = 0; from < ids.length; from += MAX_IDS) {
      const lostIds = await group.renew(ids.slice(from, from + MAX_IDS))
      // Some of them were settled or released while the call was on its way; those are not lost, and not in flight any more.
      const frames = inFlight.lose(partition, lostIds)
      if (frames > 0)
        log.warn({ ...fields, partition, frames }, 'leases ran out and were taken over by another consumer')
    }
  }

  async function round(): Promise<void> {
    try {
      for (const [partition, group] of groups.entries()) await renew(group, partition)
    } catch (error) {
      log.debug({ ...fields, error: errorMessage(error) }, 'leases could not be renewed')
    }
    if (timer) timer = setTimeout(round, everyMs)
  }

  return {
    start() {
      timer ??= setTimeout(round, everyMs)
    },
    stop() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
