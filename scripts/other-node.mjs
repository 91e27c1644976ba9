import { existsSync } from 'node:fs'
import { run } from './commands.mjs'
import { onCi } from './environment.mjs'
import { printOutcome, printStep } from './outcomes.mjs'
import { inRepository } from './repository.mjs'

/**
 * Another version of Node beside the one that runs us, from the package registry, in .cache/.
 * @param {string} version `24` or `20.19`: the newest of these
 * @returns {Promise<string>} path of its program
 */
export const obtainNode = async version => {
  const packageName = `node-${process.platform}-${process.arch}`
  const folder = inRepository('.cache', `node-${version}`)
  const program = `${folder}/node_modules/${packageName}/bin/node`
  if (existsSync(program)) return program
  console.log(`installing Node ${version}`)
  const args = [
    'install',
    '--prefix',
    folder,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-save',
    `${packageName}@${version}`,
  ]
  const { code, output } = await run('npm', args)
  if (code !== 0) throw new Error(`Node ${version} could not be installed: ${output.trim()}`)
  return program
}

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
