/**
 * Keeps the groups of the set as the configuration wants them. A pump that runs or is paused is noted in Redis as wanted, again and
 * again; a group that no daemon of the set has noted for the grace time is dropped, and the log says what it let go. Daemons with
 * different pumps on one set leave each other's groups alone for as long as each of them is seen within the grace time.
 */
import { createGroup, keepGroups, type Recreated, trim, type UnwantedGroup } from '@pumphouse/queue'
import type { Redis } from 'ioredis'
import type { DaemonConfig, PipelineConfig } from './config/config.ts'
import { createEpisode } from './pipeline/episode.ts'
import { within } from './pipeline/pause.ts'
import type { PipelineSurroundings } from './pipeline/surroundings.ts'

export interface GroupKeeper {
  /** Makes sure that every wanted pump has its group: before that, a new pump's share could be trimmed away. Throws RedisError. */
  ensureGroups(): Promise<void>
  /** Ends; waits for what is under way, no longer than `deadlineMs`. */
  stop(deadlineMs: number): Promise<void>
}

export interface GroupKeeperSource {
  readonly redis: Redis
  readonly set: DaemonConfig['analytics']
  readonly log: PipelineSurroundings['log']
  readonly isAwaySaid?: PipelineSurroundings['isAwaySaid']
  /** The pumps whose share is kept, as of now. */
  wanted(): readonly Pick<PipelineConfig, 'name' | 'startAt'>[]
  /** A group that was there, or its account, had vanished and was made again here: nobody else will notice. */
  onRecreated(pump: string, partition: number, recreated: Recreated): void
}

/** A pump is noted several times in its grace time, so that a few failures are not taken for absence; and no more often than is of use. */
const NOTES_PER_GRACE = 5
const MAX_NOTE_EVERY_MS = 60_000
/** Making a group needs no consumer: the name is never seen in Redis. */
const NOBODY = ''

const groupId = (pump: string, partition: number): string => `${partition}/${pump}`

/** Begins at once. */
export function startGroupKeeper({ redis, set, log, isAwaySaid, wanted, onRecreated }: GroupKeeperSource): GroupKeeper {
  const episode = createEpisode(
    log,
    {},
    { failed: 'groups cannot be looked after', recovered: 'groups are kept again' },
    isAwaySaid,
  )
  const everyMs = Math.min(set.graceMs / NOTES_PER_GRACE, MAX_NOTE_EVERY_MS)
  const partitions = Array.from({ length: set.partitions }, (_, partition) => partition)
  /** Unwanted groups that were spoken of. */
  let said = new Set<string>()
  /** Groups that were there at the last look: one of them that has to be created had vanished. */
  let there = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let round = Promise.resolve()
  let stopping = false

  async function ensureGroups(): Promise<void> {
    const found = new Set<string>()
    for (const { name, startAt } of wanted()) {
      for (const partition of partitions) {
        await ensureGroup(name, partition, startAt)
        found.add(groupId(name, partition))
      }
    }
    there = found
  }

  async function ensureGroup(name: string, partition: number, startAt: PipelineConfig['startAt']): Promise<void> {
    const vanished = there.has(groupId(name, partition))
    const group = createGroup(redis, {
      ...{ name: set.name, partition, pump: name, consumer: NOBODY },
      onRecreated: recreated => onRecreated(name, partition, recreated),
    })
    const { created, pending } = await group.ensure(vanished ? 'backlog' : startAt)
    if (created && vanished) onRecreated(name, partition, { what: 'group', pending })
  }

  async function keepOnce(): Promise<void> {
    if (redis.status !== 'ready') return
    try {
      await ensureGroups()
      const found: UnwantedGroup[] = []
      for (const partition of partitions) {
        const names = wanted().map(({ name }) => name)
        const unwanted = await keepGroups(redis, { name: set.name, partition }, names, set.graceMs)
        // What only they had not finished can go now.
        if (unwanted.some(({ dropped }) => dropped)) await trim(redis, { name: set.name, partition })
        found.push(...unwanted)
      }
      tell(found)
      episode.recovered()
    } catch (error) {
      episode.failed(error)
    }
  }

  function tell(found: readonly UnwantedGroup[]): void {
    const names = new Set(found.map(({ pump }) => pump))
    for (const pump of names) {
      const groups = found.filter(group => group.pump === pump)
      if (groups.some(({ dropped }) => dropped)) {
        const records = groups.reduce((sum, group) => sum + group.records, 0)
        log.warn({ pump, records }, 'nobody wanted this pump for its grace time: its share was let go')
        names.delete(pump)
      } else if (!said.has(pump)) {
        const leftMs = set.graceMs - Math.max(...groups.map(({ sinceWantedMs }) => sinceWantedMs))
        log.info({ pump, leftMs }, 'this pump is not wanted here: its share is kept for its grace time')
      }
    }
    said = names
  }

  function next(): void {
    round = keepOnce().then(() => {
      if (!stopping) timer = setTimeout(next, everyMs)
    })
  }
  next()

  return {
    ensureGroups,
    async stop(deadlineMs) {
      stopping = true
      clearTimeout(timer)
      await within(round, deadlineMs)
    },
  }
}
