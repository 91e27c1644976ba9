import { readFileSync } from 'node:fs'

/** @typedef {import('./tree.mjs').SourceFile} SourceFile */

/**
 * Which room may import which: only downward. `tests` names what its tests may use besides.
 * What may stand behind a package's name (`@pumphouse/reporter/fastify`) is in the `exports` of its package.json; anything else is a deep import.
 */
const rooms = {
  record: { imports: [], tests: [] },
  options: { imports: ['record'], tests: [] },
  queue: { imports: ['options', 'record'], tests: ['testkit'] },
  pumps: { imports: ['options', 'record'], tests: ['testkit'] },
  reporter: { imports: ['queue', 'options', 'record'], tests: ['testkit'] },
  // The end-to-end tests live with the daemon: they alone put both halves together.
  daemon: { imports: ['queue', 'pumps', 'options', 'record'], tests: ['testkit', 'reporter'] },
  testkit: { imports: ['pumps', 'record'], tests: [] },
  bench: { imports: ['daemon', 'reporter', 'queue', 'pumps', 'options', 'record', 'testkit'], tests: [] },
  examples: { imports: ['daemon', 'reporter', 'queue', 'pumps', 'options', 'record'], tests: ['testkit'] },
}

const scope = '@pumphouse/'

/** Does a package publish this entry? @param {string} root @param {string} room @param {string} subpath */
const publishes = (root, room, subpath) => {
  try {
    const { exports } = JSON.parse(readFileSync(`${root}/packages/${room}/package.json`, 'utf8'))
    return exports?.[`./${subpath}`] !== undefined
  } catch {
    return false
  }
}

/** @param {string} root @param {SourceFile} file @param {string} imported @returns {string | undefined} what is wrong */
const judge = (root, file, imported) => {
  const room = /** @type {keyof typeof rooms} */ (file.room)
  if (imported.startsWith('.')) {
    const target = new URL(imported, `file:///${file.path}`).pathname.slice(1)
    return target.startsWith(`packages/${room}/`) ? undefined : `imports ${imported}, outside its own package`
  }
  if (!imported.startsWith(scope)) return undefined
  const [target, ...below] = imported.slice(scope.length).split('/')
  if (below.length > 0 && !publishes(root, target, below.join('/')))
    return `imports ${imported}: only what a package publishes may be imported`
  // A test may look at its own package as others see it.
  if (target === room) return file.kind === 'test' ? undefined : `imports its own package by name (${imported})`
  const allowed = file.kind === 'test' ? [...rooms[room].imports, ...rooms[room].tests] : rooms[room].imports
  return allowed.includes(target)
    ? undefined
    : `imports ${imported}: ${room} may import ${allowed.join(', ') || 'no other room'}`
}

/**
 * Imports against the order of the rooms, and into the inside of another package.
 * @param {string} root
 * @param {readonly SourceFile[]} files
 */
export const roomProblems = (root, files) =>
  files.flatMap(file => {
    if (file.room === undefined) return []
    if (!(file.room in rooms))
      return [`${file.path}: the room ${file.room} is not in the list of scripts/structure/rooms.mjs`]
    return file.imports.flatMap(imported => {
      const problem = judge(root, file, imported)
      return problem ? [`${file.path}: ${problem}`] : []
    })
  })
