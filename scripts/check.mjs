import { existsSync } from 'node:fs'
import { linkProblems } from './check-links.mjs'
import { structureProblems } from './check-structure.mjs'
import { run } from './commands.mjs'
import { printStep } from './outcomes.mjs'
import { program } from './program.mjs'
import { inRepository, root, tool } from './repository.mjs'
import { setup } from './setup.mjs'

/**
 * `npm run check`: everything about the sources that can be told without running them.
 */

/** @param {(folder: string) => readonly string[]} find */
const finding = find => async () => {
  const problems = find(root)
  return { code: problems.length === 0 ? 0 : 1, output: problems.join('\n') }
}

const generator = inRepository('scripts/gen.mjs')

const steps = [
  { name: 'check: types', work: () => run(tool('tsc'), ['-b']) },
  { name: 'check: types of the tests', work: () => run(tool('tsc'), ['-p', 'tsconfig.test.json']) },
  { name: 'check: types of the scripts', work: () => run(tool('tsc'), ['-p', 'tsconfig.scripts.json']) },
  { name: 'check: lint and format', work: () => run(tool('biome'), ['check', '--error-on-warnings', '.']) },
  { name: 'check: structure', work: finding(structureProblems) },
  { name: 'check: links of the documents', work: finding(linkProblems) },
  ...(existsSync(generator)
    ? [{ name: 'check: generated files', work: () => run(process.execPath, [generator, '--check']) }]
    : []),
]

/**
 * Runs every step, also after one failed.
 * @returns {Promise<import('./outcomes.mjs').Outcome[]>}
 */
export const check = async () => {
  const outcomes = []
  for (const { name, work } of steps) {
    const startMs = performance.now()
    const { code, output } = await work()
    outcomes.push(printStep(name, code === 0, output.trim(), startMs))
  }
  return outcomes
}

await program(import.meta.url, async () => {
  await setup()
  return (await check()).some(({ state }) => state === 'failed') ? 1 : 0
})
