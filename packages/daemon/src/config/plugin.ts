/**
 * A plugin: a module from outside that exports a pump's definition as `pump` (or as its default). Whatever is wrong with it is said in words and is a
 * matter of its pump alone: importing it never throws, and never takes for ever.
 */

import { statSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { errorMessage, isField, type OptionSchema } from '@pumphouse/options'
import { PUMP_CONTRACT, type PumpDefinition } from '@pumphouse/pumps'

/** A module that is not evaluated by then waits for something that should wait for `start`. */
const IMPORT_TIMEOUT_MS = 10_000

/** The definition in the module, or what is wrong with it. A file that was changed since is read again. Never rejects. */
export async function importPlugin(file: string): Promise<PumpDefinition | string> {
  try {
    const module = await evaluate(file)
    if (module === undefined) return `which was not loaded within ${IMPORT_TIMEOUT_MS / 1000} s`
    const exported = module['pump'] ?? module['default']
    const problem = exported === undefined ? 'which exports no `pump`' : shapeProblem(exported)
    return problem ?? (exported as PumpDefinition)
  } catch (error) {
    return `which cannot be loaded: ${firstLine(error)}`
  }
}

async function evaluate(file: string): Promise<Record<string, unknown> | undefined> {
  const url = pathToFileURL(file)
  // Modules are cached by their URL, those that threw too.
  url.searchParams.set('changed', String(Math.trunc(statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0)))
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>(end => {
    timer = setTimeout(() => end(undefined), IMPORT_TIMEOUT_MS)
  })
  try {
    return await Promise.race([import(url.href), late])
  } finally {
    clearTimeout(timer)
  }
}

/** What is wrong with a definition that somebody else wrote; undefined when it can be used. Looks at everything the daemon will rely on. */
export function shapeProblem(exported: unknown): string | undefined {
  if (typeof exported !== 'object' || exported === null) return `whose \`pump\` is a ${typeof exported}`
  const {
    contract = PUMP_CONTRACT,
    type,
    summary,
    idempotent,
    notIdempotentIn,
    options,
    validate,
    create,
  } = exported as Partial<Record<keyof PumpDefinition, unknown>>
  if (contract !== PUMP_CONTRACT) {
    return `which keeps version ${String(contract)} of the contract of a pump; this daemon knows version ${PUMP_CONTRACT}`
  }
  const wrong = [
    ...(isText(type) ? [] : ['`type` is no text']),
    ...(isText(summary) ? [] : ['`summary` is no text']),
    ...(typeof idempotent === 'boolean' ? [] : ['`idempotent` is neither true nor false']),
    ...(notIdempotentIn === undefined || isText(notIdempotentIn) ? [] : ['`notIdempotentIn` is no text']),
    ...optionProblems(options, 'options'),
    ...(validate === undefined || typeof validate === 'function' ? [] : ['`validate` is no function']),
    ...(typeof create === 'function' ? [] : ['`create` is no function']),
  ]
  return wrong.length === 0 ? undefined : `whose definition is wrong: ${wrong.join(', ')}`
}

const FORMATS: readonly unknown[] = 'string boolean integer number duration size port url strings json'.split(' ')

function optionProblems(options: unknown, path: string): string[] {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return [`\`${path}\` is no mapping`]
  return Object.entries(options as OptionSchema).flatMap(([name, node]) => {
    const place = `${path}.${name}`
    if (typeof node !== 'object' || node === null || !('format' in node)) return optionProblems(node, place)
    if (!isField(node)) return [`\`${place}\` has no doc`]
    const { format } = node
    const known = FORMATS.includes(format) || (Array.isArray(format) && format.length > 0 && format.every(isText))
    return [
      ...(known ? [] : [`\`${place}.format\` is none of ${FORMATS.join(', ')}, nor a list of words`]),
      ...('default' in node ? [] : [`\`${place}\` has no default (null = none)`]),
    ]
  })
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

function firstLine(error: unknown): string {
  return errorMessage(error).split('\n', 1)[0] as string
}
