import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { run } from '../commands.mjs'
import { inRepository } from '../repository.mjs'

const preload = inRepository('scripts/other-suites/in-front.cjs')
const testTimeoutMs = 60_000

/**
 * What became of the tests of one run, by their names: how many of a name passed.
 * @typedef {{ passed: ReadonlyMap<string, number>, passes: number, failures: number }} SuiteResult
 */

/**
 * Its files of tests.
 * @param {string} folder
 * @param {import('./suites.mjs').Suite} suite
 * @param {readonly string[]} words of which one must be in their names; none = all
 */
export const filesOf = (folder, { runner, omitted = [] }, words) =>
  readdirSync(`${folder}/test`)
    .filter(file => file.endsWith(runner === 'node' ? '.test.js' : '.js') && !omitted.includes(file))
    .filter(file => words.length === 0 || words.some(word => file.includes(word)))
    .map(file => `test/${file}`)

/**
 * Runs files of a suite to their end.
 * @param {string} folder
 * @param {import('./suites.mjs').Suite} suite
 * @param {readonly string[]} files
 * @param {boolean} inFront whether the reporter is
 * @returns {Promise<SuiteResult>}
 */
export const runSuite = async (folder, { runner }, files, inFront) => {
  const flags = inFront ? ['--require', preload] : []
  const ways = {
    node: ['--test', '--test-reporter=tap', `--test-timeout=${testTimeoutMs}`],
    mocha: ['node_modules/mocha/bin/_mocha', '--reporter', 'tap', '--exit', '--timeout', String(testTimeoutMs)],
  }
  const { output } = await run(process.execPath, [...flags, ...ways[runner], ...files], { cwd: folder })
  /** @type {Map<string, number>} */
  const passed = new Map()
  for (const [, name = ''] of output.matchAll(/^\s*ok \d+ (?:- )?(.*?)(?: # .*)?$/gm)) {
    passed.set(name, (passed.get(name) ?? 0) + 1)
  }
  const sum = (/** @type {string} */ word) => Number(new RegExp(`^# ${word} (\\d+)$`, 'm').exec(output)?.[1] ?? 0)
  return { passed, passes: sum('pass'), failures: sum('fail') }
}

/**
 * Tests that passed in the one run and not in the other.
 * @param {SuiteResult} alone
 * @param {SuiteResult} together
 */
export const lostTests = (alone, together) =>
  [...alone.passed].filter(([name, times]) => (together.passed.get(name) ?? 0) < times).map(([name]) => name)

/**
 * What the reporter had to do in the last run, and forgets it.
 * @param {string} folder
 */
export const takeCounts = folder => {
  const file = `${folder}/counts`
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
  rmSync(file, { force: true })
  const [records = 0, failures = 0] = [0, 1].map(column =>
    lines.reduce((sum, line) => sum + Number(line.split(' ')[column]), 0),
  )
  return { records, failures }
}
