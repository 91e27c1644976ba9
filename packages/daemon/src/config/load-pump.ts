/** One entry under `pumps:`, from what stands there to what a pipeline is made of. */

import {
  errorMessage,
  loadOptions,
  type OptionSchema,
  type OptionSource,
  type OptionValues,
  type Problem,
  type Setting,
} from '@pumphouse/options'
import type { PumpDefinition } from '@pumphouse/pumps'
import type { PipelineConfig } from './config.ts'
import { type drainOptions, pumpOptions } from './options.ts'
import { findPumpType, type PluginPlaces } from './pump-type.ts'
import { readRecordPolicies } from './record-policies.ts'

export type DrainValues = OptionValues<typeof drainOptions>

/** What every pump of a file has in common. */
export interface PumpSource extends PluginPlaces, Required<Pick<OptionSource, 'env' | 'lineOf'>> {
  /** What a pump inherits. */
  readonly drain: DrainValues
}

export interface LoadedPump {
  readonly enabled: boolean
  readonly paused: boolean
  /** Usable only when both lists of problems are empty. */
  readonly config?: PipelineConfig
  readonly problems: readonly Problem[]
  /** What is wrong with a plugin, or with what stands under `meta:` of one: of concern to this pump alone. */
  readonly pluginProblems: readonly Problem[]
  readonly type?: string
  readonly startAt: PipelineConfig['startAt']
  /** Usable only when problems is empty. */
  readonly settings?: readonly Setting[]
}

/** Loads and checks one pump. `envPrefix`: `PUMPHOUSE_PUMPS_AUDIT`. */
export async function loadPump(
  name: string,
  given: unknown,
  envPrefix: string,
  source: PumpSource,
): Promise<LoadedPump> {
  const path = `pumps.${name}`
  const { env, lineOf } = source
  const own = loadOptions(pumpOptions(source.drain), { values: given, env, envPrefix, path, lineOf })
  const { values, problems } = own
  const checks = [...retryProblems(values.retry, path)]
  const policies = readRecordPolicies(values, path, checks)
  const is = {
    enabled: values.enabled !== false,
    paused: values.paused === true,
    startAt: values.startAt,
    pluginProblems: [],
  }
  if (typeof values.type !== 'string' || values.type === '')
    return { ...is, problems: [...problems, ...located(checks, lineOf)] }

  const { type } = values
  const found = await findPumpType(type, source, `${path}.type`)
  if ('problem' in found) {
    const [wrong] = located([found.problem], lineOf)
    const others = [...problems, ...located(checks, lineOf)]
    if (found.plugin) return { ...is, type, problems: others, pluginProblems: [wrong as Problem] }
    return { ...is, type, problems: [...others, wrong as Problem] }
  }
  const { definition } = found
  const metaSource = { values: values.meta, env, envPrefix: `${envPrefix}_META`, path: `${path}.meta`, lineOf }
  const meta = loadOptions(definition.options, metaSource)
  const inMeta = meta.problems.length > 0 ? meta.problems : located(metaProblems(definition, meta.values, path), lineOf)
  return {
    ...is,
    type,
    problems: [...problems, ...located(checks, lineOf), ...(found.plugin ? [] : inMeta)],
    pluginProblems: found.plugin ? inMeta : [],
    settings: [...own.settings.filter(setting => setting.path !== `${path}.meta`), ...meta.settings],
    config: {
      name,
      definition,
      meta: meta.values,
      purgeDelayMs: values.purgeDelay,
      ...policies,
      timeoutMs: values.timeout,
      batch: {
        maxRecords: values.batch.maxRecords,
        maxBytes: values.batch.maxBytes,
        maxAgeMs: values.batch.maxAge,
      },
      ...(values.concurrency > 1 ? { concurrency: values.concurrency } : {}),
      ...(values.rateLimit.maxRecords > 0
        ? { rateLimit: { maxRecords: values.rateLimit.maxRecords, perMs: values.rateLimit.per } }
        : {}),
      retry: { initialMs: values.retry.initial, maxMs: values.retry.max, deadlineMs: values.retry.deadline },
      breaker: { failures: values.breaker.failures, openForMs: values.breaker.openFor },
      startAt: values.startAt,
    },
  }
}

/** What the pump itself says about its options once each is right by itself. */
function metaProblems(definition: PumpDefinition, meta: OptionValues<OptionSchema>, path: string): Problem[] {
  try {
    const problems = definition.validate?.(meta) ?? []
    return problems.map(problem => ({ ...problem, path: `${path}.meta.${problem.path}` }))
  } catch (error) {
    const found = `options that its \`validate\` fails on: ${errorMessage(error)}`
    return [{ path: `${path}.meta`, found, expected: 'a `validate` that returns a list of problems' }]
  }
}

/** What is wrong with the two pauses taken together. */
export function retryProblems(retry: DrainValues['retry'], path: string): Problem[] {
  if (!(retry.initial > retry.max)) return []
  const place = path === '' ? 'retry.initial' : `${path}.retry.initial`
  return [
    {
      path: place,
      found: 'a first pause longer than retry.max',
      expected: 'retry.initial at most as long as retry.max',
    },
  ]
}

/** The problems with their lines, as far as the file has them. */
export function located(problems: readonly Problem[], lineOf: PumpSource['lineOf']): Problem[] {
  return problems.map(problem => {
    const line = lineOf(problem.path)
    return line === undefined ? problem : { ...problem, line }
  })
}
