/** @typedef {import('./tree.mjs').SourceFile} SourceFile */

/** A file longer than this has two subjects. */
const maxLines = 300

/** Names that say nothing about the subject, also as a part: `string-utils`. */
const sayNothing = new Set(['util', 'utils', 'common', 'helper', 'helpers', 'types', 'manager', 'managers', 'misc'])

/** The programs that may end the process: the command, and the demo, whose second Ctrl-C ends it at once. */
const exitFiles = new Set(['packages/daemon/src/bin.ts', 'scripts/demo.mjs'])

/** @type {readonly { applies: (file: SourceFile) => boolean, broken: (file: SourceFile) => string | undefined }[]} */
const rules = [
  {
    applies: () => true,
    broken: ({ source }) => {
      const lines = source.split('\n').length - (source.endsWith('\n') ? 1 : 0)
      return lines > maxLines ? `${lines} lines; at ${maxLines} a file is split by subject` : undefined
    },
  },
  {
    applies: () => true,
    broken: ({ path }) => {
      const parts = path.split('/').slice(path.startsWith('packages/') ? 2 : 1)
      const word = parts.flatMap(part => part.split(/[.-]/)).find(part => sayNothing.has(part.toLowerCase()))
      return word ? `a name with "${word}" says nothing about the subject` : undefined
    },
  },
  {
    applies: () => true,
    broken: ({ path }) =>
      /^[a-z0-9./-]+$/.test(path.replace(/^packages\/|^scripts\//, '')) ? undefined : 'file names are kebab-case',
  },
  {
    applies: file => file.kind === 'source' && !exitFiles.has(file.path),
    broken: ({ code }) =>
      /\bprocess\.(exit|reallyExit|abort)\s*\(/.test(code) ? 'ends the process; only the bin does' : undefined,
  },
  {
    applies: file => file.room !== undefined && file.path.endsWith('.ts'),
    broken: ({ code }) => (/^\s*export\s+default\b/m.test(code) ? 'default export; exports are named' : undefined),
  },
  {
    applies: file => file.path.endsWith('.ts'),
    broken: ({ imports }) => {
      const wrong = imports.find(imported => imported.startsWith('.') && !/\.(ts|json)$/.test(imported))
      return wrong ? `imports ${wrong}; relative imports end in .ts` : undefined
    },
  },
]

/**
 * What each file must keep to by itself: length, name, exports, imports, and who ends the process.
 * @param {readonly SourceFile[]} files
 */
export const fileProblems = files =>
  files.flatMap(file =>
    rules.flatMap(({ applies, broken }) => {
      const problem = applies(file) ? broken(file) : undefined
      return problem ? [`${file.path}: ${problem}`] : []
    }),
  )
