/**
 * Names of mounts of which there is only the text that was asked for. Nobody knows whether it is always the same: it stays as it is while few of them were seen, since most paths have
 * no parameters; from then on `*` stands for it. So the number of names is bounded whatever is asked for.
 */

/** Mounts of one route that have a text in them of which nobody knows whether it is always the same. */
const MAX_UNKNOWN = 8
/** Others beside them, before `*` stands for the whole of any more. */
const MAX_KNOWN = 24
/** What stands for a text. */
export const ANYTHING = '/*'

/** The mounts that each route was named with. */
const namesOf = new WeakMap<object, Set<string>>()

/**
 * The name of a mount: `exact`, while there are few (`max`); then `wild`, which has `*` in place of the text. Without `wild` nothing in it is unknown. `route`:
 * what the names are counted for.
 */
export function boundedMount(route: object, exact: string, wild = exact, max = MAX_UNKNOWN): string {
  const names = namesOf.get(route) ?? new Set()
  namesOf.set(route, names)
  if (take(names, exact, wild === exact ? max + MAX_KNOWN : max)) return exact
  return wild !== exact && take(names, wild, max + MAX_KNOWN) ? wild : ANYTHING
}

/** Whether the name is one of these, or may become one. */
function take(names: Set<string>, name: string, max: number): boolean {
  if (names.size < max) names.add(name)
  return names.has(name)
}
