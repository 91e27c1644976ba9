import type { PumpLog } from '@pumphouse/pumps'
import type { Redis } from 'ioredis'
import type { PipelineConfig } from '../config/config.ts'
import type { FrameDecoder } from './frame-decoder.ts'

/**
 * starting: the pump's start has not succeeded yet. draining: frames are being read and written. idle: the set is empty, waiting for the next
 * wake-up. failing: the last write (or start) failed and is being retried; its records are safe in Redis. stopped: stop() was called.
 */
export type PipelineState = 'starting' | 'draining' | 'idle' | 'failing' | 'stopped'

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
  /** Consecutive failures of start or write. */
  readonly failures: number
  /** Message of the last failure while failing; without secrets. */
  readonly lastError?: string
  /** Milliseconds since the loop last made a step (a read, a write, a sleep that ended). A loop that does not step within its own deadline is stalled. */
  readonly sinceStepMs: number
  readonly stalled: boolean
}

export interface PipelineCounts {
  readonly delivered: number
  readonly filtered: number
  readonly deadLettered: number
  /** Frames given back unfinished. */
  readonly released: number
}

export interface PipelineSurroundings {
  readonly redis: Redis
  readonly set: {
    readonly name: string
    readonly partitions: number
    readonly leaseMs: number
    readonly maxDeadLetters: number
  }
  /** This process, in consumer groups. */
  readonly consumer: string
  /** The process' one decoder, the same object for every pipeline: each entry is decoded once for all of them. */
  readonly decoder: FrameDecoder
  readonly log: PumpLog
}

/** One pump with its policies, draining its own share of the set. Nothing another pipeline does or suffers reaches it. */
export interface Pipeline {
  readonly name: string
  /** Starts the loop; returns at once. Never throws, never rejects. */
  start(): void
  health(): PipelineHealth
  /** Stops reading, finishes or releases what is in flight within deadlineMs, closes the pump. Safe twice. */
  stop(deadlineMs: number): Promise<PipelineCounts>
}

export declare function createPipeline(config: PipelineConfig, surroundings: PipelineSurroundings): Pipeline
