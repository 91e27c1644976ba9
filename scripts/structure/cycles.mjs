/** @typedef {import('./tree.mjs').SourceFile} SourceFile */

/**
 * Import cycles between the files of a tree, imports of types included: a cycle of types is a cycle in the reader's head.
 * A depth-first walk; a file met again while it is still on the path closes a cycle, which is reported once, from its
 * alphabetically first file.
 */

/** @param {string} from @param {string} imported */
const resolve = (from, imported) => new URL(imported, `file:///${from}`).pathname.slice(1)

/** @param {readonly string[]} cycle */
const fromFirst = cycle => {
  const start = cycle.indexOf([...cycle].sort()[0])
  return [...cycle.slice(start), ...cycle.slice(0, start)]
}

/** @param {readonly SourceFile[]} files */
export const cycleProblems = files => {
  const known = new Set(files.map(file => file.path))
  const edges = new Map(
    files.map(file => [
      file.path,
      file.imports
        .filter(imported => imported.startsWith('.'))
        .map(imported => resolve(file.path, imported))
        .filter(path => known.has(path)),
    ]),
  )
  const finished = new Set()
  const found = new Set()
  /** @type {string[]} */
  const path = []
  /** @param {string} file */
  const visit = file => {
    const at = path.indexOf(file)
    if (at >= 0) {
      const cycle = fromFirst(path.slice(at))
      found.add(`${cycle[0]}: import cycle: ${[...cycle, cycle[0]].join(' → ')}`)
      return
    }
    if (finished.has(file)) return
    path.push(file)
    for (const target of edges.get(file) ?? []) visit(target)
    path.pop()
    finished.add(file)
  }
  for (const file of known) visit(file)
  return [...found]
}
