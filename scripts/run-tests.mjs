import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runVisibly } from './commands.mjs'
import { childEnvironment } from './environment.mjs'
import { inRepository } from './repository.mjs'

/** @param {string} file @returns {import('./outcomes.mjs').Outcome[]} */
const read = file => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return []
  }
}

/**
 * Runs the tests on our terminal.
 * @param {string} node the Node to run them on
 * @param {readonly string[]} args for vitest
 * @param {Record<string, string>} [env] further variables
 * @returns {Promise<import('./outcomes.mjs').Outcome[]>} has a failed one whenever vitest says it failed
 */
export const runTests = async (node, args, env = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'pumphouse-outcomes-'))
  const file = join(folder, 'outcomes.json')
  try {
    const reporters = ['--reporter=default', `--reporter=${inRepository('scripts/vitest-outcomes.mjs')}`]
    const code = await runVisibly(
      node,
      [inRepository('node_modules/vitest/vitest.mjs'), 'run', ...reporters, ...args],
      {
        env: childEnvironment({ ...env, PUMPHOUSE_TEST_OUTCOMES: file }),
      },
    )
    const outcomes = read(file)
    if (code === 0 || outcomes.some(({ state }) => state === 'failed')) return outcomes
    return [...outcomes, { name: 'vitest', state: 'failed', reason: `ended with exit code ${code}` }]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
