/**
 * Paths of redaction rules, all together as one automaton over the names on the way into a record. A state is the set of places in the paths at which
 * a name stands; states are made when they are first reached and kept, so a step into a known name is one look into a map, however many rules there are.
 *
 *   password            the field of that name          `*` in a name      any characters
 *   request.body.pin    inside of others                `**` as a name     any names, or none: `**.pin` wherever it stands
 *
 * A list is looked through: each of its elements stands where the list stands.
 */

import { cutString } from '../codec/snapshot.ts'
import { nameMatcher, plainNames } from './secret-names.ts'

/** What is done with a value. `keep` exempts it from all others; of the others the first of remove, mask, hash. */
export type RedactAction = 'keep' | 'remove' | 'mask' | 'hash'

/** Tells plain names; `anywhere` stands for any names, or none. */
export type PathStep = ((plain: string) => boolean) | 'anywhere'

/** A path that is compiled, and what is done at its end. */
export interface PathRule {
  readonly steps: readonly PathStep[]
  readonly action: RedactAction
  /** The names as somebody wrote them; absent for what the rules say otherwise than by a path. */
  readonly names?: readonly string[]
  /** One of the defaults, which are looked for by what they begin with and not by where they stand. */
  readonly byDefault?: true
}

/** A place in a record. */
export interface Place {
  /** What is to be done with the value here. */
  readonly action: RedactAction | undefined
  /** Whether a rule names something inside of here other than by a name that counts anywhere. */
  readonly inside: boolean
  /** Whether a path that redacts names this place, and more inside of it: so what is here has a structure. `*` and `**` name nothing. */
  readonly structured: boolean
  /** Which paths that redact go on inside of here, each with the place in it that was reached. */
  readonly open: readonly OpenPath[]
  /** Whether a rule that is none of the defaults may end inside of here. */
  readonly ruled: boolean
  child(name: string): Place
}

/** A path that goes on inside of a place, under the name that was met last. */
interface OpenPath {
  readonly rule: number
  readonly at: number
  readonly met: string
}

const RANK: readonly RedactAction[] = ['keep', 'remove', 'mask', 'hash']
/** Names that are made of data must not grow the memory for ever: beyond, what was learned is learned again. */
const MAX_KNOWN_NAMES = 10_000

/** The steps of a path as it is written. */
export function parsePath(path: string): PathStep[] {
  return path.split('.').map(name => (name === '**' ? 'anywhere' : nameMatcher(name)))
}

/** The place of the record itself. */
export function compilePaths(rules: readonly PathRule[]): Place {
  const places = new Map<string, { place: Place; forget: () => void }>()
  let knownNames = 0

  function forgetNames(): void {
    for (const { forget } of places.values()) forget()
    knownNames = 0
  }

  /** For each rule the steps of it that may come next; the number of its steps says that it ends here. */
  function placeOf(positions: readonly (readonly number[])[]): Place {
    const key = positions.map(steps => steps.join()).join(';')
    const known = places.get(key)
    if (known !== undefined) return known.place
    const children = new Map<string, Place>()
    const actions = rules.filter(({ steps }, rule) => positions[rule]!.includes(steps.length)).map(rule => rule.action)
    const open = openPaths(rules, positions)
    const place: Place = {
      action: RANK.find(action => actions.includes(action)),
      inside: rules.some(({ steps }, rule) =>
        positions[rule]!.some(at => at > 0 && steps[at - 1] !== 'anywhere' && at < steps.length),
      ),
      structured: open.some(({ met }) => met !== '*'),
      open,
      ruled: rules.some(({ steps, byDefault }, rule) => !byDefault && positions[rule]!.some(at => at < steps.length)),
      child(name) {
        const met = children.get(name)
        if (met !== undefined) return met
        if (++knownNames > MAX_KNOWN_NAMES) forgetNames()
        const [first, ...deeper] = plainNames(name)
        let child = placeOf(rules.map(({ steps }, rule) => advance(steps, positions[rule]!, first!)))
        for (const next of deeper) child = child.child(next)
        // A name that was cut out of a text would keep that text.
        children.set(cutString(name, name.length), child)
        return child
      },
    }
    places.set(key, { place, forget: () => children.clear() })
    return place
  }

  return placeOf(rules.map(({ steps }) => reach(steps, 0)))
}

/** Whether a path goes on inside of the child, and not in the same way in the place itself: what it names is not found from there. */
export function goesOn(place: Place, child: Place): boolean {
  return child.open.some(({ rule, at }) => !place.open.some(known => known.rule === rule && known.at === at))
}

function openPaths(rules: readonly PathRule[], positions: readonly (readonly number[])[]): OpenPath[] {
  return rules.flatMap(({ names = [], action }, rule) =>
    action === 'keep'
      ? []
      : positions[rule]!.filter(at => at > 0 && at < names.length && names[at - 1] !== '**').map(at => ({
          rule,
          at,
          met: names[at - 1]!,
        })),
  )
}

/** A step `anywhere` may be left out: the places after it are reached at once. */
function reach(steps: readonly PathStep[], at: number): number[] {
  return steps[at] === 'anywhere' ? [at, ...reach(steps, at + 1)] : [at]
}

function advance(steps: readonly PathStep[], positions: readonly number[], name: string): number[] {
  const next = new Set<number>()
  for (const at of positions) {
    const step = steps[at]
    const from = step === 'anywhere' ? at : step?.(name) ? at + 1 : undefined
    if (from !== undefined) for (const reached of reach(steps, from)) next.add(reached)
  }
  return [...next].sort((a, b) => a - b)
}
