import { program } from './program.mjs'
import { root } from './repository.mjs'
import { cycleProblems } from './structure/cycles.mjs'
import { environmentProblems } from './structure/environment.mjs'
import { fileProblems } from './structure/files.mjs'
import { roomProblems } from './structure/rooms.mjs'
import { readTree } from './structure/tree.mjs'

/**
 * The rules about the shape of the house that no compiler knows: no import cycle, imports only downward through the rooms, no deep
 * imports, files of one subject, one place for the environment and one for the exit.
 * @param {string} folder root of a checkout
 * @returns {readonly string[]} problems, each with its file; empty when all is well
 */
export const structureProblems = folder => {
  const files = readTree(folder)
  return [
    ...cycleProblems(files),
    ...roomProblems(folder, files),
    ...environmentProblems(files),
    ...fileProblems(files),
  ].sort()
}

await program(import.meta.url, async () => {
  const problems = structureProblems(root)
  for (const problem of problems) console.error(problem)
  console.log(problems.length === 0 ? 'structure: fine' : `structure: ${problems.length} problems`)
  return problems.length === 0 ? 0 : 1
})
