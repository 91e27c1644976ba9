/**
 * Finds the known name a mistyped one most likely meant, by the optimal string alignment distance (Damerau-Levenshtein without
 * overlapping swaps; see "String-to-string correction", Wagner & Fischer 1974, and Damerau 1964), ignoring case.
 */

/** One mistake in this many letters is still taken for a slip of the finger. */
const LETTERS_PER_SLIP = 3
/** Longer names are not compared: the work grows with the product of both lengths. */
const LONGEST_NAME = 64

/** The known name a mistyped one most likely meant; undefined when none is near. Of several equally near ones the first is taken. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length === 0 || name.length > LONGEST_NAME) return undefined
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(name.length / LETTERS_PER_SLIP)) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue
    const distance = alignmentDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

function alignmentDistance(a: string, b: string): number {
  let twoAbove: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = above[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      let cost = Math.min(above[column]! + 1, current[column - 1]! + 1, replaced)
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) cost = Math.min(cost, twoAbove[column - 2]! + 1)
      current.push(cost)
    }
    twoAbove = above
    above = current
  }
  return above[b.length]!
}
