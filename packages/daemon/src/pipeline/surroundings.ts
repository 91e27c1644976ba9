import type { PumpLog } from '@pumphouse/pumps'
import type { Redis } from 'ioredis'
import type { SaidElsewhere } from './episode.ts'
import type { FaultPoints } from './fault-points.ts'
import type { FrameDecoder } from './frame-decoder.ts'

/** What a pipeline works in; the pipelines of a daemon share all of it. */
export interface PipelineSurroundings {
  readonly redis: Redis
  readonly set: {
    readonly name: string
    readonly partitions: number
    readonly leaseMs: number
    readonly maxDeadLetters: number
    readonly maxDeliveries: number
  }
  /** This process, in consumer groups. */
  readonly consumer: string
  /** The process' one decoder, the same object for every pipeline: each entry is decoded once for all of them. */
  readonly decoder: FrameDecoder
  readonly log: PumpLog
  /** Whether the process itself speaks of a failure: Redis is away, which concerns all its pipelines. Default: of none. */
  readonly isAwaySaid?: SaidElsewhere | undefined
  /** Armed by tests only. */
  readonly faults?: FaultPoints | undefined
}
