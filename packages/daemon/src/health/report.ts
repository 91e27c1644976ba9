/** What the daemon says about itself, computed when it is asked: nothing in it is remembered from earlier. */

import type { PipelineHealth } from '../pipeline/pipeline.ts'

/** ok: works. degraded: something fails, but its records are safe in Redis. unhealthy: records are not moving and cannot. */
export type HealthStatus = 'ok' | 'degraded' | 'unhealthy'

/** The answer of a PING, just now. */
export interface RedisProbe {
  readonly reachable: boolean
  /** How long the answer took, in milliseconds. */
  readonly pingMs?: number
  /** Why there was none; without secrets. */
  readonly error?: string
}

/** What became of the last reading of the file; nothing in it after the start or a reload that went through. */
export interface ConfigState {
  /** Why the last edit is not used, a sentence each, without secrets: what ran before it runs on. */
  readonly problems?: readonly string[]
  /** Sections that were edited and need a new process. */
  readonly needNewProcess?: readonly string[]
}

export interface HealthReport {
  readonly status: HealthStatus
  /** Whether `stop` has begun. */
  readonly stopping: boolean
  readonly redis: { readonly status: HealthStatus } & Omit<RedisProbe, 'reachable'>
  /** The file as it was read last. */
  readonly config: { readonly status: HealthStatus } & ConfigState
  /** By name. */
  readonly pumps: Readonly<Record<string, { readonly status: HealthStatus } & Omit<PipelineHealth, 'name'>>>
}

/** Redis away or a stalled pipeline is unhealthy; a pump that fails while its records are safe is degraded, and so is a file that cannot be used. */
export function makeReport(
  probe: RedisProbe,
  pipelines: readonly PipelineHealth[],
  configState: ConfigState,
  stopping: boolean,
): HealthReport {
  const { reachable, ...redis } = probe
  const pumps = pipelines.map(({ name, ...health }) => [name, { status: pumpStatus(health), ...health }] as const)
  const redisStatus: HealthStatus = reachable ? 'ok' : 'unhealthy'
  const config = {
    status: configState.problems === undefined ? ('ok' as const) : ('degraded' as const),
    ...configState,
  }
  const status = worst([redisStatus, config.status, ...pumps.map(([, pump]) => pump.status)])
  return { status, stopping, redis: { status: redisStatus, ...redis }, config, pumps: Object.fromEntries(pumps) }
}

function pumpStatus(health: Pick<PipelineHealth, 'stalled' | 'state' | 'failures'>): HealthStatus {
  if (health.stalled) return 'unhealthy'
  return health.state === 'failing' || health.failures > 0 ? 'degraded' : 'ok'
}

function worst(statuses: readonly HealthStatus[]): HealthStatus {
  if (statuses.includes('unhealthy')) return 'unhealthy'
  return statuses.includes('degraded') ? 'degraded' : 'ok'
}
