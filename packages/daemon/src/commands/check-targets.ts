import { errorMessage } from '@pumphouse/options'
import type { Pump, PumpLog } from '@pumphouse/pumps'
import type { DaemonConfig, PipelineConfig } from '../config/config.ts'
import { attempt } from '../pipeline/attempt.ts'
import { closePump } from '../pipeline/leave-taking.ts'
import { askRedis, CannotAsk } from './ask-redis.ts'

/** What came of one place that the configuration names. */
export interface CheckedTarget {
  /** `Redis`, or `audit (mongo)`. */
  readonly what: string
  /** How long it took to be sure, in milliseconds. */
  readonly ms: number
  /** Why it cannot be used, without secrets; absent when it can. */
  readonly error?: string
}

/** What a pump opened for a look is given to close it again. */
const CLOSE_MS = 2_000
const SILENT: PumpLog = { debug() {}, info() {}, warn() {}, error() {} }
const NEVER = new AbortController().signal

/**
 * Connects to Redis and to the target of every pump that is to run, all at the same time, each within the pump's own `timeout`. Changes nothing
 * there: a pump is asked for its `check` and not started. One without a check counts as usable. Never rejects.
 */
export async function checkTargets(config: DaemonConfig): Promise<readonly CheckedTarget[]> {
  return await Promise.all([timed('Redis', () => checkRedis(config)), ...config.pumps.map(checkPump)])
}

function checkPump(config: PipelineConfig): Promise<CheckedTarget> {
  const { name, definition, meta, timeoutMs } = config
  return timed(`${name} (${definition.type})`, async () => {
    let pump: Pump | undefined
    const ended = await attempt(
      async signal => {
        pump = definition.create(meta as never, { name, log: SILENT })
        await pump.check?.(signal)
      },
      timeoutMs,
      NEVER,
    )
    await closePump(pump, CLOSE_MS, SILENT, {})
    return ended.kind === 'failed' ? errorMessage(ended.error) : undefined
  })
}

async function checkRedis({ redis }: DaemonConfig): Promise<string | undefined> {
  try {
    await askRedis(redis, 'check', client => client.ping())
    return undefined
  } catch (error) {
    if (error instanceof CannotAsk) return error.message
    return errorMessage(error)
  }
}

async function timed(what: string, look: () => Promise<string | undefined>): Promise<CheckedTarget> {
  const startMs = performance.now()
  const error = await look()
  const ms = Math.round(performance.now() - startMs)
  return error === undefined ? { what, ms } : { what, ms, error }
}
