/**
 * What sampling left out, by route, as it travels with every frame: of fewer routes than the stats hold, because frames are many, and under names that went through
 * the same redaction as the records.
 */
import { createRedactor, type RedactRules } from '@pumphouse/record'
import { type BoundedCounts, OTHER } from './bounded-counts.ts'

/** More than most APIs have; of 30 bytes each they make a frame of 200 records by a few percent larger. */
export const MAX_CARRIED_ROUTES = 50
/** A longer name is no template, and counts with those for which there was no room. */
const MAX_NAME_LENGTH = 200

/** The counts as they are now; undefined while there are none. */
export type CarriedRoutes = () => Readonly<Record<string, number>> | undefined

/** The routes that were counted first keep their names, so each count only grows. */
export function createCarriedRoutes(counts: BoundedCounts, rules: RedactRules): CarriedRoutes {
  const names = new Map<string, string>()
  let redactor: ReturnType<typeof createRedactor>

  function nameOf(route: string): string {
    const known = names.get(route)
    if (known !== undefined) return known
    if (names.size >= MAX_CARRIED_ROUTES || route.length > MAX_NAME_LENGTH) return OTHER
    // Made when the first is to be named: an application that keeps all its records has no use for it.
    redactor ??= createRedactor(rules)
    const { route: redacted } = redactor?.record({ id: '', route }) ?? { route }
    const name = typeof redacted === 'string' ? redacted : OTHER
    names.set(route, name)
    return name
  }

  return () => {
    const carried = new Map<string, number>()
    for (const [route, count] of counts.entries()) {
      const name = nameOf(route)
      carried.set(name, (carried.get(name) ?? 0) + count)
    }
    return carried.size === 0 ? undefined : Object.fromEntries(carried)
  }
}
