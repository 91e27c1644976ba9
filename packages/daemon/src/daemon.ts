/**
 * The daemon: one Redis connection, one pipeline a pump, the trimmer, the health checks.
 *
 *   startDaemon ─▶ health checks listen ─▶ Redis connects in its own time ─▶ pipelines drain ─▶ stop
 *
 * Listening comes first, so that a port in use is said before anything is touched. Redis being away is no error, then or later: it is
 * said once, and everything goes on by itself when it comes. stop: readiness goes, pipelines finish or hand back, what was settled is
 * trimmed, the health checks and the connection close.
 */

import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { isDeepStrictEqual } from 'node:util'
import { errorMessage } from '@pumphouse/options'
import { connectRedis, RedisError } from '@pumphouse/queue'
import type { DaemonConfig } from './config/config.ts'
import { startGapWatch } from './gap-watch.ts'
import { startGroupKeeper } from './group-keeper.ts'
import { healthOfInvalid } from './health/invalid-pump.ts'
import { probeRedis } from './health/probe-redis.ts'
import { type ConfigState, type HealthReport, makeReport } from './health/report.ts'
import { serveHealth } from './health/server.ts'
import type { Log } from './log.ts'
import { RECREATED_MESSAGES } from './pipeline/counts.ts'
import type { FaultPoints } from './pipeline/fault-points.ts'
import { createFrameDecoder } from './pipeline/frame-decoder.ts'
import { within } from './pipeline/pause.ts'
import type { PipelineCounts } from './pipeline/pipeline.ts'
import { startRetention } from './retention.ts'
import { createRunningPipelines, type PumpChanges } from './running-pipelines.ts'
import { startTrimmer } from './trimmer.ts'

/** A running daemon. */
export interface Daemon {
  /** Where the health checks are; undefined when they are not enabled. */
  readonly address: string | undefined
  /** Redis has been reached, and stop has not begun. */
  ready(): boolean
  /** Probes Redis; resolves within a second, never rejects. */
  health(): Promise<HealthReport>
  /** Goes over to other pumps and drain settings. Everything else needs a new process: `ignored` names what differs. One call at a time. */
  reload(config: DaemonConfig): Promise<PumpChanges & { readonly ignored: readonly string[] }>
  /** Says in the health checks that an edit cannot be used, until a reload goes through. `problems` without secrets. */
  refuse(problems: readonly string[]): void
  /** Every pump lets go of what somebody has moved, as logrotate does before it sends SIGHUP. Never rejects. */
  reopen(): Promise<void>
  /** Stops within config.shutdownTimeoutMs; resolves with the counts of every pump. Safe twice. */
  stop(): Promise<Readonly<Record<string, PipelineCounts>>>
}

/** Of the time a stop may take, this much is kept for the last trim and for closing. */
const CLOSING_MS = 1_000
const CLOSING_PART = 0.1
/** Tells processes apart that share host and pid, as containers do. */
const CONSUMER_RANDOM_BYTES = 4
/** The pipelines wait so long for the first connection: an ordinary start then has no failed read in its log. */
const FIRST_CONNECTION_MS = 1_000
const NEEDS_NEW_PROCESS = ['redis', 'analytics', 'health', 'log', 'watch'] as const

/** Starts the daemon. Throws PH_HEALTH_LISTEN; Redis or a target being away is no error. `faults` are for tests. */
export async function startDaemon(config: DaemonConfig, log: Log, faults?: FaultPoints): Promise<Daemon> {
  let current = config
  let configState: ConfigState = {}
  let reached = false
  let stopped: Promise<Readonly<Record<string, PipelineCounts>>> | undefined
  const source = { ready: () => reached && stopped === undefined, health }
  const server = config.health.enabled ? await serveHealth(config.health, source) : undefined

  let whyAway: string | undefined
  let firstNews = (): void => {}
  const connection = new Promise<void>(resolve => {
    firstNews = resolve
  })
  const redis = connectRedis(config.redis, 'pumphouse-daemon', {
    onUp() {
      log.info({}, reached ? 'redis is back' : 'redis is reached')
      reached = true
      firstNews()
    },
    onDown(error) {
      whyAway = errorMessage(error)
      log.warn({ error: whyAway }, 'redis is away; records wait, trying on')
      firstNews()
    },
  })
  const consumer = `${hostname()}-${process.pid}-${randomBytes(CONSUMER_RANDOM_BYTES).toString('hex')}`
  const { analytics: set } = config
  /** Without a connection everything fails that asks Redis; onDown has said so once for all, or will. */
  const isAwaySaid = (error: unknown): boolean =>
    error instanceof RedisError && error.code === 'PH_REDIS_AWAY' && redis.status !== 'ready'
  const common = { redis, set, log, isAwaySaid }
  const pipelines = createRunningPipelines({ ...common, consumer, decoder: createFrameDecoder(), faults })
  const { settled } = pipelines
  await within(connection, FIRST_CONNECTION_MS)
  await pipelines.apply(config.pumps, config.shutdownTimeoutMs)
  const keeper = startGroupKeeper({
    ...common,
    wanted: () => [...current.pumps, ...current.paused, ...current.invalid],
    onRecreated(pump, partition, recreated) {
      if (pipelines.recreated(pump, partition, recreated)) return
      log.warn({ pump, partition, pending: recreated.pending }, RECREATED_MESSAGES[recreated.what])
    },
  })
  const trimmer = startTrimmer({ ...common, faults, settled, groupsExist: keeper.ensureGroups })

  const retention = startRetention(common)
  const gaps = startGapWatch(common)

  async function health(): Promise<HealthReport> {
    const pumps = [...pipelines.health(), ...current.invalid.map(healthOfInvalid)]
    return makeReport(await probeRedis(redis, whyAway), pumps, configState, stopped !== undefined)
  }

  async function shutDown(): Promise<Readonly<Record<string, PipelineCounts>>> {
    const closingMs = Math.min(CLOSING_MS, current.shutdownTimeoutMs * CLOSING_PART)
    const counts = await pipelines.stop(current.shutdownTimeoutMs - closingMs)
    const besides = [trimmer, keeper, retention, gaps]
    await Promise.all(besides.map(one => one.stop(closingMs)))
    await server?.close()
    redis.disconnect()
    return counts
  }

  return {
    address: server?.url,
    ready: source.ready,
    health,
    async reload(next) {
      const ignored = NEEDS_NEW_PROCESS.filter(section => !isDeepStrictEqual(current[section], next[section]))
      const { pumps, paused, invalid, shutdownTimeoutMs } = next
      // The new ones are wanted at once, the old ones until they have stopped.
      current = { ...current, paused: [...current.paused, ...current.pumps, ...paused], invalid }
      const changes = await pipelines.apply(pumps, shutdownTimeoutMs)
      current = { ...current, pumps, paused, invalid, shutdownTimeoutMs }
      configState = ignored.length > 0 ? { needNewProcess: ignored } : {}
      return { ...changes, ignored }
    },
    refuse(problems) {
      configState = { ...configState, problems }
    },
    reopen: () => pipelines.reopen(),
    stop() {
      stopped ??= shutDown()
      return stopped
    },
  }
}
