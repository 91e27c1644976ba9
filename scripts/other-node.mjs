import { run } from './commands.mjs'
import { onCi } from './environment.mjs'
import { printOutcome, printStep } from './outcomes.mjs'
import { obtainFromRegistry } from './registry-program.mjs'
import { inRepository } from './repository.mjs'

/**
 * Another version of Node beside the one that runs us, from the package registry, in .cache/.
 * @param {string} version `24` or `20.19`: the newest of these
 * @returns {Promise<string>} path of its program
 */
export const obtainNode = version =>
  obtainFromRegistry({
    name: 'Node',
    packageName: `node-${process.platform}-${process.arch}`,
    version,
    folder: inRepository('.cache', `node-${version}`),
    program: 'bin/node',
  })

// Of a failed run the end says what failed.
const shownLines = 60

// The newest long-term release, beside the oldest that is supported.
const newestMajor = '24'

/**
 * Runs the tests that need no server on the newest Node as well: one step, because they are the same tests.
 * @returns {Promise<import('./outcomes.mjs').Outcome[]>}
 */
export const testOnNewestNode = async () => {
  if (process.versions.node.startsWith(`${newestMajor}.`)) return []
  const name = `tests: those without servers, on Node ${newestMajor}`
  const startMs = performance.now()
  const node = await obtainNode(newestMajor).catch(error => ({ reason: error.message }))
  if (typeof node !== 'string') return [printOutcome({ name, state: onCi ? 'failed' : 'skipped', ...node }, startMs)]
  const { code, output } = await run(node, [
    inRepository('node_modules/vitest/vitest.mjs'),
    'run',
    '--project',
    'unit',
    '--project',
    'slow',
  ])
  const reason = output.trim().split('\n').slice(-shownLines).join('\n')
  return [printStep(name, code === 0, reason, startMs)]
}
