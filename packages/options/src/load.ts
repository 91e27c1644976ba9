/**
 * Loads options in four steps: look at what is given (given-values.ts), at the environment (environment.ts), let convict merge
 * defaults < given < environment and check every format, then take the values out. Each step adds its problems to one list.
 */

import convict from 'convict'
import { describeOptions, type OptionDoc } from './describe.ts'
import { readEnvironment } from './environment.ts'
import { convictFormatName, formatOf, registerFormats } from './formats.ts'
import { readGivenValues } from './given-values.ts'
import { nearest } from './nearest.ts'
import { describeFound, type Problem } from './problems.ts'
import { isField, type OptionField, type OptionSchema, type OptionValues } from './schema.ts'
import { listSettings, type Setting } from './settings.ts'

/** Where values come from. The environment overrides `values`; `values` overrides defaults. */
export interface OptionSource {
  readonly values: unknown
  readonly env?: Readonly<Record<string, string | undefined>>
  /** `PUMPHOUSE`: option redis.url is then read from PUMPHOUSE_REDIS_URL unless its field names another variable. */
  readonly envPrefix?: string
  /** Put before every path in the problems: `pumps.audit`. */
  readonly path?: string
  /** Line of a path in the file, for the problems. */
  readonly lineOf?: (path: string) => number | undefined
}

export interface LoadedOptions<S extends OptionSchema> {
  /** Usable only when problems is empty. */
  readonly values: OptionValues<S>
  readonly problems: readonly Problem[]
  /** Every option with its value and where that is from, in the order of the declaration. Usable only when problems is empty. */
  readonly settings: readonly Setting[]
}

/**
 * Loads, checks and lists every problem at once. Never throws for a bad value. Values that are given must have their type already
 * (the text "5" is no number); text from the environment is converted. A sensitive option can also be read from the file that the
 * variable with `_FILE` behind its name names.
 */
export function loadOptions<const S extends OptionSchema>(schema: S, source: OptionSource): LoadedOptions<S> {
  const options = describeOptions(schema, source.envPrefix)
  const place = (path: string): string => [source.path ?? '', path].filter(part => part !== '').join('.')
  const given = readGivenValues(schema, source.values)
  const environment = readEnvironment(options, source.env ?? {})
  const problems = [...given.problems.map(inFile), ...environment.problems.map(placed)]
  const reported = [...given.problems, ...environment.problems].map(problem => problem.path)

  function placed(problem: Problem): Problem {
    return { ...problem, path: place(problem.path) }
  }

  function inFile(problem: Problem): Problem {
    const there = placed(problem)
    const line = source.lineOf?.(there.path)
    return line === undefined ? there : { ...there, line }
  }

  function onInvalid(option: OptionDoc): void {
    const { path, env, field } = option
    // What was refused before, or lies in a section that was, is missing only for that reason.
    if (reported.some(place => path === place || path.startsWith(`${place}.`) || place === '')) return
    const text = env === undefined ? undefined : environment.variables[env]
    const raw = text ?? given.raw.get(path)
    const found = describeFound(raw, field.sensitive)
    const meant = Array.isArray(field.format) && typeof raw === 'string' ? nearest(raw, field.format) : undefined
    const problem: Problem = {
      path,
      found: text === undefined ? found : `${found} in ${env}`,
      expected: formatOf(field.format).expected(field),
      ...(meant === undefined ? {} : { hint: `did you mean "${meant}"?` }),
    }
    problems.push(text === undefined ? inFile(problem) : placed(problem))
  }

  registerFormats(convict)
  const byPath = new Map(options.map(option => [option.path, option]))
  const config = convict<Record<string, unknown>>(convictSchema(schema, '', byPath, onInvalid), {
    env: environment.variables,
    args: [],
  })
  config.load(given.accepted)
  try {
    config.validate({ allowed: 'strict' })
  } catch (error) {
    // The formats have reported what they refused; anything else convict complains of is passed on as it says it.
    if (problems.length === 0) problems.push(placed({ path: '', found: String(error), expected: 'valid options' }))
  }
  const values = takeValues(schema, config.getProperties()) as OptionValues<S>
  const { variables, secretFiles } = environment
  const lineOf = (path: string) => source.lineOf?.(path)
  const settings = listSettings(options, { values, given: given.raw, variables, secretFiles, place, lineOf })
  return { values, problems, settings }
}

type ConvictSchema = convict.Schema<Record<string, unknown>>

function convictSchema(
  schema: OptionSchema,
  path: string,
  options: ReadonlyMap<string, OptionDoc>,
  onInvalid: (option: OptionDoc) => void,
): ConvictSchema {
  const nodes: Record<string, unknown> = {}
  for (const [name, node] of Object.entries(schema)) {
    const place = path === '' ? name : `${path}.${name}`
    if (isField(node)) {
      const option = options.get(place)!
      nodes[name] = convictField(node, option.env, () => onInvalid(option))
    } else if (Object.keys(node).length > 0) {
      nodes[name] = convictSchema(node, place, options, onInvalid)
    }
  }
  return nodes as ConvictSchema
}

function convictField(field: OptionField, env: string | undefined, onInvalid: () => void): convict.SchemaObj {
  return {
    doc: field.doc,
    format: convictFormatName(field.format),
    default: field.format === 'json' && field.default !== null ? [field.default] : field.default,
    nullable: field.default === null && !field.required,
    sensitive: field.sensitive === true,
    ...(env === undefined ? {} : { env }),
    field,
    onInvalid,
  }
}

function takeValues(schema: OptionSchema, loaded: unknown): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [name, node] of Object.entries(schema)) {
    const value = (loaded as Record<string, unknown> | undefined)?.[name]
    if (!isField(node)) values[name] = takeValues(node, value)
    else if (node.format === 'json' && Array.isArray(value)) values[name] = value[0]
    else values[name] = value ?? undefined
  }
  return values
}
