import { resolve } from 'node:path'
import {
  describeFound,
  describeOptions,
  environmentName,
  isMapping,
  loadOptions,
  OptionsError,
  type Problem,
  readYamlFile,
} from '@pumphouse/options'
import type { RedisOptions } from '@pumphouse/queue'
import type { PumphouseError, RedactRules } from '@pumphouse/record'
import { type CaptureRule, readCaptureOption } from './capture-option.ts'
import type { LaneSettings, SpoolSettings } from './lane/lane-messages.ts'
import { ENV_PREFIX, type LoadedReporterOptions, type OptionsInput, reporterOptions } from './option-schema.ts'
import { readRedactOption } from './redact-option.ts'
import type { RequestSettings } from './requests/request-watch.ts'
import { readSampleOption, type SampleRule, type SampleSettings } from './sample-option.ts'

type Environment = Readonly<Record<string, string | undefined>>
type Values = Readonly<Record<string, unknown>>

/**
 * What createReporter and the middleware take. Each option is described in configs/reporter.yaml. Code goes before environment
 * (PUMPHOUSE_REPORTER_…, PUMPHOUSE_REDIS_URL), environment before `configFile`, that before defaults. Durations and sizes carry
 * their units (`'1s'`, `'64MiB'`); a bare number is milliseconds or bytes. Only `service` has no default.
 */
export interface ReporterOptions extends Omit<OptionsInput<typeof reporterOptions>, 'redis' | 'sample' | 'capture'> {
  /** A URL, or the section as in the file. */
  readonly redis?: string | OptionsInput<(typeof reporterOptions)['redis']> | undefined
  /** The share that is kept, or the section as in the file. */
  readonly sample?: number | SampleInput | undefined
  readonly capture?: CaptureInput | undefined
  /** A YAML file with any of these options. Default: PUMPHOUSE_REPORTER_CONFIG_FILE, or none. */
  readonly configFile?: string | undefined
  /** Told once per episode what goes wrong: records dropped, Redis away, a worker lost. Default: process.emitWarning. */
  readonly onWarning?: ((warning: PumphouseError) => void) | undefined
}

/** The section `sample`, its rules typed. */
export interface SampleInput extends Omit<OptionsInput<(typeof reporterOptions)['sample']>, 'rules'> {
  readonly rules?: readonly SampleRule[] | undefined
}

/** The section `capture`, its rules typed. */
export interface CaptureInput extends Omit<OptionsInput<(typeof reporterOptions)['capture']>, 'rules'> {
  readonly rules?: readonly CaptureRule[] | undefined
}

/** The options, loaded and checked. */
export interface ReporterSettings {
  readonly disabled: boolean
  readonly service: string
  readonly redis: RedisOptions
  readonly set: LaneSettings['set']
  readonly poolSize: number
  readonly workerFile: string | undefined
  readonly batchSize: number
  readonly flushIntervalMs: number
  readonly buffer: LoadedReporterOptions['buffer']
  /** Undefined: nothing goes to disk. */
  readonly spool: SpoolSettings | undefined
  /** Whether SIGTERM and SIGINT are listened for. */
  readonly signals: boolean
  readonly compress: boolean
  readonly requests: RequestSettings
  readonly sample: SampleSettings
  readonly cardinality: LoadedReporterOptions['cardinality']
  readonly redact: RedactRules
  readonly onWarning: ((warning: PumphouseError) => void) | undefined
}

/** Throws OptionsError unless these are options at all: that somebody forgot them is seen by types only. */
export function checkGiven(options: unknown, source = 'reporter'): void {
  if (isMapping(options)) return
  const expected = "an object of options, such as { service: 'orders' }; {} where environment and file say everything"
  throw new OptionsError(source, [{ path: 'options', found: describeFound(options), expected }])
}

/** Loads the options from code, environment, file and defaults. Throws OptionsError, which lists every problem. */
export function loadReporterOptions(options: ReporterOptions, env: Environment = process.env): ReporterSettings {
  checkGiven(options)
  const { configFile = env[`${ENV_PREFIX}_CONFIG_FILE`], onWarning, ...code } = options
  const problems: Problem[] = []
  const file = configFile ? readYamlFile(configFile) : undefined
  problems.push(...(file?.problems ?? []))
  if (onWarning !== undefined && typeof onWarning !== 'function') {
    problems.push({ path: 'onWarning', found: `a ${typeof onWarning}`, expected: 'a function' })
  }
  const given = withUnits(withoutGaps(withSections(code)))
  const { values, problems: refused } = loadOptions(reporterOptions, {
    values: merge(withSections(file?.values ?? {}), given),
    env: unlessGiven(env, given),
    envPrefix: ENV_PREFIX,
    ...(file && { lineOf: path => (valueAt(given, path) === undefined ? file.lineOf(path) : undefined) }),
  })
  problems.push(...refused, ...sectionsInEnvironment(env))
  if (values?.spool?.mode === 'always' && !values.spool.dir) {
    problems.push({ path: 'spool.dir', found: 'nothing', expected: 'a folder, since spool.mode is always' })
  }
  // Of values that were refused nothing can be said.
  if (problems.length === 0)
    problems.push(
      ...readRedactOption(values.redact).problems,
      ...readSampleOption(values.sample).problems,
      ...readCaptureOption(values.capture).problems,
    )
  if (problems.length > 0) throw new OptionsError(configFile ? `reporter (${configFile})` : 'reporter', problems)
  return settingsOf(values, onWarning)
}

function settingsOf(values: LoadedReporterOptions, onWarning: ReporterOptions['onWarning']): ReporterSettings {
  const { url, username, password, connectTimeout, commandTimeout } = values.redis
  return {
    disabled: values.disabled,
    service: values.service,
    redis: { url, username, password, connectTimeoutMs: connectTimeout, commandTimeoutMs: commandTimeout },
    set: values.analytics,
    poolSize: values.poolSize,
    workerFile: values.workerFile,
    batchSize: values.batchSize,
    flushIntervalMs: values.flushInterval,
    buffer: values.buffer,
    spool: spoolOf(values.spool),
    signals: values.signals,
    compress: values.compress,
    requests: {
      capture: readCaptureOption(values.capture).settings,
      openRecordAfterMs: values.openRecordAfter,
      errorMessages: values.errorMessages,
    },
    cardinality: values.cardinality,
    sample: readSampleOption(values.sample).settings,
    redact: readRedactOption(values.redact).rules,
    onWarning,
  }
}

function spoolOf({ mode, dir, maxBytes, maxAge, maxFiles }: LoadedReporterOptions['spool']): SpoolSettings | undefined {
  return mode === 'off' || !dir ? undefined : { mode, dir: resolve(dir), maxBytes, maxFiles, maxAgeMs: maxAge }
}

/** `redis: 'redis://…'` is short for `redis: { url: 'redis://…' }`, and `sample: 0.1` for `sample: { rate: 0.1 }`. */
function withSections(values: unknown): unknown {
  if (!isMapping(values)) return values
  const { redis, sample } = values
  return {
    ...values,
    ...(typeof redis === 'string' && { redis: { url: redis } }),
    ...(typeof sample === 'number' && { sample: { rate: sample } }),
  }
}

/** Options that are undefined count as not given. */
function withoutGaps(values: unknown): Values {
  if (!isMapping(values)) return {}
  const given = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given.map(([name, value]) => [name, isMapping(value) ? withoutGaps(value) : value]))
}

/** In code a bare number of milliseconds or bytes is clear enough; the loader wants its unit written. */
function withUnits(values: Values, path = ''): Values {
  const units = new Map(describeOptions(reporterOptions).map(({ path: place, field }) => [place, unitOf(field.format)]))
  const entries = Object.entries(values).map(([name, value]) => {
    const place = path === '' ? name : `${path}.${name}`
    if (isMapping(value)) return [name, withUnits(value, place)]
    const unit = units.get(place)
    return [name, typeof value === 'number' && unit ? `${value}${unit}` : value]
  })
  return Object.fromEntries(entries)
}

function unitOf(format: unknown): string | undefined {
  if (format === 'duration') return 'ms'
  return format === 'size' ? 'B' : undefined
}

/** The environment without the variables of options that the code sets: the loader lets the environment win, here the code does. */
function unlessGiven(env: Environment, given: Values): Environment {
  const covered = describeOptions(reporterOptions, ENV_PREFIX)
    .filter(({ path }) => valueAt(given, path) !== undefined)
    .flatMap(({ env: name }) => [name, `${name}_FILE`])
  return Object.fromEntries(Object.entries(env).filter(([name]) => !covered.includes(name)))
}

/** What stands for a whole section in code, as `sample: 0.1`, stands for none in the environment. */
function sectionsInEnvironment(env: Environment): readonly Problem[] {
  const named = Object.keys(reporterOptions).map(path => ({ path, variable: environmentName(ENV_PREFIX, path) }))
  const options = describeOptions(reporterOptions, ENV_PREFIX)
  return named.flatMap(({ path, variable }) => {
    const first = options.find(option => option.path.startsWith(`${path}.`))
    if (first === undefined || !env[variable]) return []
    return [{ path, found: `the variable ${variable}`, expected: `one for each of its options, such as ${first.env}` }]
  })
}

function merge(below: unknown, above: unknown): unknown {
  if (above === undefined) return below
  if (!isMapping(below) || !isMapping(above)) return above
  const names = new Set([...Object.keys(below), ...Object.keys(above)])
  return Object.fromEntries([...names].map(name => [name, merge(below[name], above[name])]))
}

function valueAt(values: unknown, path: string): unknown {
  return path.split('.').reduce((value, name) => (isMapping(value) ? value[name] : undefined), values)
}
