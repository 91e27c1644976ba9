/** Checks what stands under `fields:` and `addTags:`. What it means is said, and compiled, in policy/fields.ts. */

import { describeFound, type Problem } from '@pumphouse/options'
import type { FieldChoice } from './policies.ts'

interface GivenChoice {
  readonly allow: readonly string[]
  readonly deny: readonly string[]
  readonly rename: unknown
  readonly set: unknown
}

const KEPT = 'the id stays as it is: by it a record that is delivered again is the same record'

/** The choice; undefined when all fields stay as they are. What is wrong is added to `problems`. */
export function readFieldChoice(
  { allow, deny, rename, set }: GivenChoice,
  tags: readonly string[],
  path: string,
  problems: Problem[],
): FieldChoice | undefined {
  if (deny.includes('id')) problems.push({ path: `${path}.deny`, found: '"id"', expected: KEPT })
  const choice = {
    allow,
    deny,
    rename: readRename(rename, `${path}.rename`, problems),
    set: readSet(set, `${path}.set`, problems),
    tags,
  }
  return Object.values(choice).every(part => Object.keys(part).length === 0) ? undefined : choice
}

function readRename(given: unknown, path: string, problems: Problem[]): Readonly<Record<string, string>> {
  const names = new Map<unknown, string>()
  for (const [from, to] of Object.entries(readMapping(given, path, '{ old: new }', problems))) {
    const place = `${path}.${from}`
    if (typeof to !== 'string' || to === '') {
      problems.push({ path: place, found: describeFound(to), expected: 'the new name' })
    } else if (from === 'id' || to === 'id') problems.push({ path: place, found: '"id"', expected: KEPT })
    const twin = names.get(to)
    if (twin !== undefined) {
      problems.push({ path: place, found: `the new name of "${twin}"`, expected: 'a name that no other field gets' })
    }
    names.set(to, from)
  }
  return Object.fromEntries([...names].map(([to, from]) => [from, String(to)]))
}

function readSet(given: unknown, path: string, problems: Problem[]): Readonly<Record<string, unknown>> {
  const fields = readMapping(given, path, 'fields and their values, such as { region: eu-1 }', problems)
  if ('id' in fields) problems.push({ path: `${path}.id`, found: '"id"', expected: KEPT })
  return freeze(fields)
}

function readMapping(given: unknown, path: string, expected: string, problems: Problem[]): Record<string, unknown> {
  if (given === null || given === undefined) return {}
  if (typeof given === 'object' && !Array.isArray(given)) return given as Record<string, unknown>
  problems.push({ path, found: describeFound(given), expected })
  return {}
}

/** To the bottom: every record will share these values. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value))
    Object.values(Object.freeze(value)).forEach(freeze)
  return value
}
