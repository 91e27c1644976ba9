import type { PumpDefinition } from '@pumphouse/pumps'
import type { RedisOptions, Retention } from '@pumphouse/queue'
import type { RecordPolicies } from './policies.ts'

/** One pump with its policies, as loaded. */
export interface PipelineConfig extends RecordPolicies {
  /** The key under `pumps:`; also the name of its consumer group. */
  readonly name: string
  readonly definition: PumpDefinition
  /** The loaded `meta:` of the pump's type. */
  readonly meta: unknown
  /** 0 = stream. */
  readonly purgeDelayMs: number
  /** Time a single write may take. */
  readonly timeoutMs: number
  readonly batch: { readonly maxRecords: number; readonly maxBytes: number; readonly maxAgeMs: number }
  /** Writes under way at once. Default 1. */
  readonly concurrency?: number
  /** Records that may be sent in a time, retries included. Default: any number. */
  readonly rateLimit?: { readonly maxRecords: number; readonly perMs: number }
  /** deadlineMs 0 = keep trying as long as it takes. */
  readonly retry: { readonly initialMs: number; readonly maxMs: number; readonly deadlineMs: number }
  /** failures 0 = it never opens. */
  readonly breaker: { readonly failures: number; readonly openForMs: number }
  readonly startAt: 'backlog' | 'now'
}

/** A pump that cannot run because its plugin cannot be used. Its share of the set is kept. */
export interface InvalidPump extends Pick<PipelineConfig, 'name' | 'startAt'> {
  readonly type: string
  /** A sentence each, without secrets. */
  readonly problems: readonly string[]
}

/** The whole `pump.yaml`, as loaded. */
export interface DaemonConfig {
  readonly redis: RedisOptions
  readonly analytics: {
    readonly name: string
    readonly partitions: number
    readonly leaseMs: number
    readonly maxDeadLetters: number
    /** 0 = any number. */
    readonly maxDeliveries: number
    /** How long the share of a pump that no daemon wants any more is kept. */
    readonly graceMs: number
    /** What is removed whether it was delivered or not; 0 = nothing. */
    readonly retention: Retention
  }
  readonly health: { readonly enabled: boolean; readonly host: string; readonly port: number; readonly path: string }
  readonly log: { readonly level: string; readonly pretty: boolean }
  readonly shutdownTimeoutMs: number
  /** The file and the secret files are read again when they change. */
  readonly watch: boolean
  /** Those that run: enabled and not paused. */
  readonly pumps: readonly PipelineConfig[]
  /** Those that do not run and whose share is kept: enabled and paused. */
  readonly paused: readonly Pick<PipelineConfig, 'name' | 'startAt'>[]
  /** Those that should run and cannot. */
  readonly invalid: readonly InvalidPump[]
}
