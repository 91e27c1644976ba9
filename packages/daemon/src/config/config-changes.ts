/** What an edit of pump.yaml changes, for the log: a line for each option that differs, one for a pump that is new or gone. Secrets are never shown. */

import { compareSettings, type Setting } from '@pumphouse/options'
import { drainOptions } from './options.ts'

const PUMP_PATH = /^pumps\.([^.]+)\.(.+)$/

/** What a pump has from the top level, where the change is said already. */
export function isInherited({ path, origin }: Setting): boolean {
  const [, , option = ''] = PUMP_PATH.exec(path) ?? []
  return origin.from === 'default' && Object.hasOwn(drainOptions, option.split('.', 1)[0] as string)
}

/** The pumps that settings speak of, with their types. */
function pumpTypes(settings: readonly Setting[]): Map<string, unknown> {
  const types = new Map<string, unknown>()
  for (const { path, value } of settings) {
    const [, name, option] = PUMP_PATH.exec(path) ?? []
    if (name !== undefined && option === 'type') types.set(name, value)
  }
  return types
}

/** The differences, as they can be shown to anybody. Empty when the two mean the same. */
export function describeChanges(before: readonly Setting[], after: readonly Setting[]): readonly string[] {
  const [formerTypes, types] = [pumpTypes(before), pumpTypes(after)]
  const gone = [...formerTypes.keys()].filter(name => !types.has(name)).map(name => `pumps.${name}: gone`)
  const come = [...types].filter(([name]) => !formerTypes.has(name))
  const inherited = new Set(before.filter(isInherited).map(({ path }) => path))
  const inheritedStill = new Set(after.filter(one => inherited.has(one.path) && isInherited(one)).map(one => one.path))

  function isCompared({ path }: Setting): boolean {
    const [, name] = PUMP_PATH.exec(path) ?? []
    const inBoth = name === undefined || (formerTypes.has(name) && types.has(name))
    return inBoth && !inheritedStill.has(path)
  }
  return [
    ...gone,
    ...come.map(([name, type]) => `pumps.${name}: new, ${String(type)}`),
    ...compareSettings(before.filter(isCompared), after.filter(isCompared)),
  ]
}
