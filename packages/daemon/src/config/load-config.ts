/** From the file and the environment to the daemon's configuration, or to the list of everything that is wrong. */

import { dirname, resolve } from 'node:path'
import {
  describeFound,
  environmentName,
  formatProblem,
  loadOptions,
  type OptionValues,
  type Problem,
  readYamlFile,
  type Setting,
} from '@pumphouse/options'
import type { DaemonConfig, InvalidPump, PipelineConfig } from './config.ts'
import { loadPump, located, type PumpSource, retryProblems } from './load-pump.ts'
import { daemonOptions, drainOptions, ENV_PREFIX } from './options.ts'

type TopLevel = OptionValues<typeof daemonOptions>

/** A configuration without problems, and every option as it came out: those of disabled pumps too. */
export interface UsableConfig {
  readonly config: DaemonConfig
  readonly settings: readonly Setting[]
  readonly problems: readonly []
}

/** Either a configuration, or problems. */
export type ConfigResult =
  | UsableConfig
  | {
      readonly config?: undefined
      readonly problems: readonly Problem[]
      /** When nothing is wrong but plugins: what can run without them. Their pumps stand in its `invalid`. */
      readonly rest?: UsableConfig
    }

/** The file and the secret files that variables of ours name: what a configuration is read from. */
export function configFiles(file: string, env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const named = Object.entries(env).filter(([name, value]) => SECRET_FILE_VARIABLE.test(name) && value)
  return [file, ...named.map(([, value]) => value as string)]
}

const SECRET_FILE_VARIABLE = new RegExp(`^${ENV_PREFIX}_.*_FILE$`)
/** A pump's name is the name of its consumer group and part of keys, variables and metrics. */
const PUMP_NAME = /^[A-Za-z0-9_-]{1,64}$/
/** Fixed places beside the configurable one. */
const FIXED_HEALTH_PATHS = ['/livez', '/readyz', '/metrics']

/**
 * Reads pump.yaml; `env` overrides it. Every problem of the whole file is listed at once, those of disabled pumps too. Never rejects
 * for a bad file.
 */
export async function loadConfig(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ConfigResult> {
  const document = readYamlFile(file)
  if (document.problems.length > 0) return { problems: document.problems }
  const { lineOf } = document
  const top = loadOptions(daemonOptions, { values: document.values, env, envPrefix: ENV_PREFIX, lineOf })
  const problems = [...top.problems]
  if (problems.length === 0) {
    const { redis, retry, health } = top.values
    const checks = [...redisProblems(redis), ...retryProblems(retry, ''), ...healthProblems(health)]
    problems.push(...located(checks, lineOf))
  }
  // What is wrong above would only be said again by every pump that inherits it.
  const drain = problems.length === 0 ? top.values : loadOptions(drainOptions, { values: {} }).values
  const { pluginDirs } = problems.length === 0 ? top.values : { pluginDirs: [] }
  const source = { env, lineOf, folder: dirname(resolve(file)), pluginDirs, drain }
  const pumps = await loadPumps(top.values.pumps, source, problems)
  const everyProblem = inOrder([...problems, ...pumps.pluginProblems])
  if (problems.length > 0) return { problems: everyProblem }
  const settings = [...top.settings.filter(({ path }) => path !== 'pumps'), ...pumps.settings]
  const usable: UsableConfig = { config: assemble(top.values, pumps), settings, problems: [] }
  if (everyProblem.length === 0) return usable
  return { problems: everyProblem, ...(pumps.running.length > 0 ? { rest: usable } : {}) }
}

interface LoadedPumps {
  readonly running: readonly PipelineConfig[]
  readonly paused: readonly Pick<PipelineConfig, 'name' | 'startAt'>[]
  readonly invalid: readonly InvalidPump[]
  /** Of the disabled ones too. */
  readonly pluginProblems: readonly Problem[]
  /** Of the disabled ones too. */
  readonly settings: readonly Setting[]
}

async function loadPumps(given: unknown, source: PumpSource, problems: Problem[]): Promise<LoadedPumps> {
  const running: PipelineConfig[] = []
  const paused: Pick<PipelineConfig, 'name' | 'startAt'>[] = []
  const invalid: InvalidPump[] = []
  const pluginProblems: Problem[] = []
  const settings: Setting[] = []
  const nameByVariable = new Map<string, string>()
  const refuse = (path: string, found: string, expected: string) =>
    problems.push(...located([{ path, found, expected }], source.lineOf))

  const isMapping = typeof given === 'object' && given !== null && !Array.isArray(given)
  const entries = isMapping ? Object.entries(given) : []
  if (entries.length === 0) {
    refuse('pumps', isMapping ? 'no pump' : describeFound(given), 'at least one pump: "console: { type: stdout }"')
  }
  for (const [name, entry] of entries) {
    const path = `pumps.${name}`
    if (!PUMP_NAME.test(name)) {
      refuse(path, `the name ${describeFound(name)}`, 'a name of 1 to 64 letters, digits, - and _')
      continue
    }
    const envPrefix = environmentName(`${ENV_PREFIX}_PUMPS`, name)
    const twin = nameByVariable.get(envPrefix)
    nameByVariable.set(envPrefix, name)
    if (twin !== undefined) {
      refuse(path, `a name with the variables of "${twin}", ${envPrefix}_…`, 'names that differ in more than - and _')
    }
    const pump = await loadPump(name, entry, envPrefix, source)
    problems.push(...pump.problems)
    pluginProblems.push(...pump.pluginProblems)
    settings.push(...(pump.settings ?? []))
    if (!pump.enabled) continue
    if (pump.paused) paused.push({ name, startAt: pump.startAt })
    else if (pump.pluginProblems.length > 0) {
      const { type = '', startAt } = pump
      invalid.push({ name, type, startAt, problems: pump.pluginProblems.map(formatProblem) })
    } else if (pump.config !== undefined) running.push(pump.config)
  }
  return { running, paused, invalid, pluginProblems, settings }
}

function redisProblems({ url }: TopLevel['redis']): Problem[] {
  if (/^rediss?:\/\//i.test(url)) return []
  return [{ path: 'redis.url', found: 'a URL of another kind', expected: 'redis://… or, for TLS, rediss://…' }]
}

function healthProblems(health: TopLevel['health']): Problem[] {
  const usable = /^\/[\w./~-]*$/.test(health.path) && !FIXED_HEALTH_PATHS.includes(health.path)
  if (usable) return []
  const expected = `a path that begins with / and is none of ${FIXED_HEALTH_PATHS.join(', ')}`
  return [{ path: 'health.path', found: describeFound(health.path), expected }]
}

/** As a reader of the file comes upon them; what is in no line comes last. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const place = (problem: Problem) => problem.line ?? Number.MAX_SAFE_INTEGER
  return [...problems].sort((a, b) => place(a) - place(b))
}

function assemble(values: TopLevel, pumps: LoadedPumps): DaemonConfig {
  const { redis, analytics, health, log } = values
  return {
    redis: {
      url: redis.url,
      username: redis.username,
      password: redis.password,
      connectTimeoutMs: redis.connectTimeout,
      commandTimeoutMs: redis.commandTimeout,
    },
    analytics: {
      name: analytics.name,
      partitions: analytics.partitions,
      leaseMs: analytics.lease,
      maxDeadLetters: analytics.maxDeadLetters,
      maxDeliveries: analytics.maxDeliveries,
      graceMs: analytics.grace,
      retention: { maxAgeMs: analytics.retention.maxAge, maxRecords: analytics.retention.maxRecords },
    },
    health,
    log,
    shutdownTimeoutMs: values.shutdownTimeout,
    watch: values.watch,
    pumps: pumps.running,
    paused: pumps.paused,
    invalid: pumps.invalid,
  }
}
