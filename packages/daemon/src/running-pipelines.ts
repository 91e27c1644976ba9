/** The pipelines of a daemon, by name, and how they change when the configuration does: one pump at a time, the others run on. */

import { isDeepStrictEqual } from 'node:util'
import type { Recreated } from '@pumphouse/queue'
import type { PipelineConfig } from './config/config.ts'
import { createPipeline, type Pipeline, type PipelineCounts, type PipelineHealth } from './pipeline/pipeline.ts'
import type { PipelineSurroundings } from './pipeline/surroundings.ts'

/** What became of the pumps, by name. */
export interface PumpChanges {
  readonly started: readonly string[]
  readonly stopped: readonly string[]
  readonly restarted: readonly string[]
}

export interface RunningPipelines {
  health(): PipelineHealth[]
  /** Records settled since the start, by pipelines that were stopped since too. */
  settled(): number
  /** Stops what is gone or different, starts what is new or different. One call at a time. */
  apply(pumps: readonly PipelineConfig[], stopDeadlineMs: number): Promise<PumpChanges>
  /** Tells a pump's pipeline that its group or account was made again; false when it has none, because it is paused. */
  recreated(pump: string, partition: number, recreated: Recreated): boolean
  /** Every pump lets go of what somebody has moved (SIGHUP). Never rejects. */
  reopen(): Promise<void>
  /** Stops all; resolves with the counts of every pump that ever ran. */
  stop(deadlineMs: number): Promise<Readonly<Record<string, PipelineCounts>>>
}

const NOTHING: PipelineCounts = { delivered: 0, filtered: 0, deadLettered: 0, released: 0 }

/** Makes the registry; nothing runs until `apply`. */
export function createRunningPipelines(surroundings: PipelineSurroundings): RunningPipelines {
  const running = new Map<string, { config: PipelineConfig; pipeline: Pipeline }>()
  const stoppedCounts = new Map<string, PipelineCounts>()
  let closed = false

  async function stopOne(name: string, deadlineMs: number): Promise<void> {
    const entry = running.get(name)
    if (entry === undefined) return
    const counts = await entry.pipeline.stop(deadlineMs)
    // Two may wait for the same end, a reload and a stop: it is counted once.
    if (running.get(name) !== entry) return
    running.delete(name)
    stoppedCounts.set(name, add(stoppedCounts.get(name) ?? NOTHING, counts))
  }

  function startOne(config: PipelineConfig): void {
    const pipeline = createPipeline(config, surroundings)
    running.set(config.name, { config, pipeline })
    pipeline.start()
  }

  return {
    health: () => [...running.values()].map(({ pipeline }) => pipeline.health()),
    settled() {
      const now = [...running.values()].map(({ pipeline }) => pipeline.health())
      return [...now, ...stoppedCounts.values()].reduce((sum, one) => sum + settledBy(one), 0)
    },
    async apply(pumps, stopDeadlineMs) {
      const wanted = new Map(pumps.map(config => [config.name, config]))
      const isSame = (name: string) => isDeepStrictEqual(running.get(name)?.config, wanted.get(name))
      const leaving = [...running.keys()].filter(name => !isSame(name))
      const coming = [...wanted.values()].filter(({ name }) => !isSame(name))
      // Each for itself: one that takes long to stop keeps no other from starting.
      const different = new Set([...leaving, ...coming.map(({ name }) => name)])
      await Promise.all(
        [...different].map(async name => {
          await stopOne(name, stopDeadlineMs)
          const config = wanted.get(name)
          // A stop that came meanwhile has the last word.
          if (config !== undefined && !closed) startOne(config)
        }),
      )
      if (closed) return { started: [], stopped: leaving, restarted: [] }
      const names = coming.map(({ name }) => name)
      return {
        started: names.filter(name => !leaving.includes(name)),
        stopped: leaving.filter(name => !names.includes(name)),
        restarted: leaving.filter(name => names.includes(name)),
      }
    },
    recreated(pump, partition, recreated) {
      const pipeline = running.get(pump)?.pipeline
      pipeline?.recreated(partition, recreated)
      return pipeline !== undefined
    },
    async reopen() {
      await Promise.all([...running.values()].map(({ pipeline }) => pipeline.reopen()))
    },
    async stop(deadlineMs) {
      closed = true
      await Promise.all([...running.keys()].map(name => stopOne(name, deadlineMs)))
      return Object.fromEntries(stoppedCounts)
    },
  }
}

function settledBy(counts: Omit<PipelineCounts, 'released'>): number {
  return counts.delivered + counts.filtered + counts.deadLettered
}

function add(a: PipelineCounts, b: PipelineCounts): PipelineCounts {
  return {
    delivered: a.delivered + b.delivered,
    filtered: a.filtered + b.filtered,
    deadLettered: a.deadLettered + b.deadLettered,
    released: a.released + b.released,
  }
}
