/** @typedef {import('./tree.mjs').SourceFile} SourceFile */

// `process.env`, and `const { env } = process`.
const readsEnvironment = /\bprocess\s*\.\s*env\b|\benv\b[^;\n]*\}\s*=\s*process\b/

/** A program is a package, the scripts together, or, in examples, each file. @param {SourceFile} file */
const programOf = file => (file.room === 'examples' ? file.path : (file.room ?? 'scripts'))

/**
 * One file of a program reads the environment; everything else is handed what it needs. Tests may read it where they like.
 * @param {readonly SourceFile[]} files
 */
export const environmentProblems = files => {
  /** @type {Map<string, string[]>} */
  const readers = new Map()
  for (const file of files) {
    if (file.kind === 'test' || !readsEnvironment.test(file.code)) continue
    const program = programOf(file)
    readers.set(program, [...(readers.get(program) ?? []), file.path])
  }
  return [...readers.values()]
    .filter(paths => paths.length > 1)
    .flatMap(paths =>
      paths.map(
        path =>
          `${path}: reads the environment, and so do other files of its program (${paths.join(', ')}); one file does`,
      ),
    )
}
