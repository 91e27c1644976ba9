import type { Recreated } from '@pumphouse/queue'
import type { PipelineConfig } from '../config/config.ts'
import { assemble } from './assemble.ts'
import type { BreakerState } from './breaker.ts'
import { within } from './pause.ts'
import type { PipelineSurroundings } from './surroundings.ts'

/**
 * A pipeline is a pump with its policies. Its life:
 *
 *   created ── start() ──▶ starting ── groups exist, pump started ──▶ draining ⇄ idle ── stop() ──▶ stopped
 *                             └─ failing (and back) ◀── a start, a write or a settlement fails and is tried again ─┘
 *
 * The groups are made before the pump is up, so that a pump whose target is away at start has its share kept from then on.
 * stop(): no further read → the batches at hand are written while there is time → what is left is aborted and given back to
 * the set → the consumer leaves → the pump is closed.
 */

/**
 * starting: the pump's start has not succeeded yet. draining: frames are being read and written. idle: the set is empty, waiting for the next
 * wake-up. failing: the last write, start or settlement failed and is being retried; its records are safe in Redis. stopped: stop() was called.
 * invalid: there is no pipeline, because the pump's plugin cannot be used; its share is kept in Redis.
 */
export type PipelineState = 'starting' | 'draining' | 'idle' | 'failing' | 'stopped' | 'invalid'

/** What a pipeline says about itself at this moment. Counts are records unless they say otherwise. */
export interface PipelineHealth {
  readonly name: string
  readonly type: string
  readonly state: PipelineState
  /** Since this daemon started. */
  readonly delivered: number
  readonly filtered: number
  readonly deadLettered: number
  /** Records in this process: read and not settled. */
  readonly inFlight: number
  /** Consecutive failures of start, write or settlement. */
  readonly failures: number
  /** Closed: every write is tried. Open: the target is left alone for a while. Half-open: the next write shows whether it works again. */
  readonly breaker: BreakerState
  /** Message of the last failure while failing; without secrets. */
  readonly lastError?: string
  /** Milliseconds since the loop last made a step (a read, a write, a sleep that ended). A loop that does not step within its own deadline is stalled. */
  readonly sinceStepMs: number
  readonly stalled: boolean
}

/** What a pipeline did in its life: records, as the set counted them. */
export interface PipelineCounts {
  readonly delivered: number
  readonly filtered: number
  readonly deadLettered: number
  /** Frames given back unfinished. */
  readonly released: number
}

/** One pump with its policies, draining its own share of the set. Nothing another pipeline does or suffers reaches it. */
export interface Pipeline {
  readonly name: string
  /** Starts the loop; returns at once. Never throws, never rejects. */
  start(): void
  health(): PipelineHealth
  /** The pump lets go of what somebody has moved (SIGHUP), between two writes. Never rejects. */
  reopen(): Promise<void>
  /** Somebody else of this process found that its group or account in `partition` had vanished, and made it again. */
  recreated(partition: number, recreated: Recreated): void
  /** Stops reading, finishes or releases what is in flight within deadlineMs, closes the pump. Safe twice. */
  stop(deadlineMs: number): Promise<PipelineCounts>
}

/** Of the time a stop may take, this part (and no more than so much) is kept for settling, giving back and closing. */
const RESERVED_PART = 0.25
const MAX_RESERVED_MS = 2_000

/**
 * Makes a pipeline; nothing happens before start(). All pipelines of a process share `surroundings.redis` and `surroundings.decoder`.
 */
export function createPipeline(config: PipelineConfig, surroundings: PipelineSurroundings): Pipeline {
  const stopping = new AbortController()
  const noWrite = new AbortController()
  const noSettle = new AbortController()
  const parts = assemble(config, surroundings, {
    stopping: stopping.signal,
    noWrite: noWrite.signal,
    noSettle: noSettle.signal,
  })
  const { counts, inFlight, heartbeats, episodes } = parts
  const deadlockedAfterMs = 2 * Math.max(config.timeoutMs, config.purgeDelayMs, surroundings.set.leaseMs)
  let running: Promise<void> | undefined
  let stopped: Promise<PipelineCounts> | undefined
  let started = false
  let died = false

  async function run(): Promise<void> {
    const [grouped, pumping] = await Promise.all([parts.ensureGroups(), parts.startPump()])
    started = grouped && pumping
    if (started) await parts.drain()
  }

  function state(): PipelineState {
    if (stopped) return 'stopped'
    if (died || episodes.some(episode => episode.failures > 0)) return 'failing'
    if (!started) return 'starting'
    return parts.isIdle() && inFlight.records === 0 ? 'idle' : 'draining'
  }

  function stalled(): boolean {
    if (!running || stopped) return false
    if (died || heartbeats.some(heartbeat => heartbeat.overdue())) return true
    // Each half waits for the other, and nobody moves.
    const waiting = inFlight.records > 0 && heartbeats.every(heartbeat => heartbeat.parked)
    return waiting && sinceStepMs() > deadlockedAfterMs
  }

  const sinceStepMs = (): number => Math.round(Math.min(...heartbeats.map(heartbeat => heartbeat.sinceMs())))

  async function shutDown(deadlineMs: number): Promise<PipelineCounts> {
    const until = performance.now() + deadlineMs
    const reservedMs = Math.min(deadlineMs * RESERVED_PART, MAX_RESERVED_MS)
    const leftMs = (keptMs = 0): number => until - performance.now() - keptMs
    stopping.abort()
    if (running && !(await within(running, leftMs(reservedMs)))) {
      noWrite.abort()
      await within(running, leftMs(reservedMs / 2))
    }
    await within(parts.settled(), leftMs(reservedMs / 2))
    noSettle.abort()
    const released = running ? await parts.release(leftMs(reservedMs / 4)) : 0
    await parts.close(leftMs())
    return { ...counts, released }
  }

  return {
    name: config.name,
    start() {
      if (running || stopped) return
      running = run().catch((error: unknown) => {
        died = true
        parts.died(error)
      })
    },
    health() {
      const lastError = parts.lastError()
      return {
        name: config.name,
        type: config.definition.type,
        state: state(),
        ...counts,
        inFlight: inFlight.records,
        failures: Math.max(...episodes.map(episode => episode.failures)),
        breaker: parts.breakerState(),
        ...(lastError === undefined ? {} : { lastError }),
        sinceStepMs: sinceStepMs(),
        stalled: stalled(),
      }
    },
    reopen: () => parts.reopen(),
    recreated: (partition, recreated) => parts.recreated(partition, recreated),
    stop(deadlineMs) {
      stopped ??= shutDown(deadlineMs)
      return stopped
    },
  }
}
