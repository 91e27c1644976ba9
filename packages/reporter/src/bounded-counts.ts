/** Counters by name, of which there are no more than a fixed number: names that come later share one. */
export interface BoundedCounts {
  add(name: string): void
  /** In the order in which the names came. */
  entries(): Iterable<readonly [name: string, count: number]>
  /** A copy. */
  all(): Readonly<Record<string, number>>
}

/** Where the names are counted for which there was no room. No route is called so: they begin with a slash. */
export const OTHER = 'other'

export function createBoundedCounts(maxNames: number): BoundedCounts {
  const counts = new Map<string, number>()
  return {
    add(name) {
      const kept = counts.has(name) || counts.size < maxNames ? name : OTHER
      counts.set(kept, (counts.get(kept) ?? 0) + 1)
    },
    entries: () => counts,
    all: () => Object.fromEntries(counts),
  }
}
