import { writeFileSync } from 'node:fs'
import { testOutcomesFile } from './environment.mjs'

/**
 * A reporter for vitest that writes every test's outcome to a file, with the reasons of the skips. What went wrong outside any test (a file that does not
 * load, a hook, an unhandled error) counts as a failed test of its own: nothing that failed goes uncounted.
 */

/** @param {{ message?: string } | undefined} error */
const firstLine = error => error?.message?.split('\n')[0] ?? 'unknown error'

/** @param {any} testCase @returns {import('./outcomes.mjs').Outcome} */
const ofTest = testCase => {
  const name = `${testCase.module.relativeModuleId}: ${testCase.fullName}`
  const { state, errors, note } = testCase.result()
  if (state === 'passed') return { name, state }
  if (state === 'failed') return { name, state, reason: firstLine(errors?.[0]) }
  return { name, state: 'skipped', reason: note ?? (testCase.options.mode === 'todo' ? 'to do' : 'no reason given') }
}

/** @param {string} name @returns {(error: Error) => import('./outcomes.mjs').Outcome} */
const failure = name => error => ({ name, state: 'failed', reason: firstLine(error) })

/** @param {any} module @returns {import('./outcomes.mjs').Outcome[]} */
const ofModule = module => {
  const name = module.relativeModuleId
  const suites = [...module.children.allSuites()]
  return [
    ...module.errors().map(failure(name)),
    ...suites.flatMap(suite => suite.errors().map(failure(`${name}: ${suite.fullName}`))),
    ...[...module.children.allTests()].map(ofTest),
  ]
}

// vitest wants the class as the default export.
export default class OutcomesReporter {
  /** @param {readonly any[]} modules @param {readonly Error[]} unhandledErrors */
  onTestRunEnd(modules, unhandledErrors) {
    const outside = unhandledErrors.map(failure('outside any test'))
    if (testOutcomesFile) writeFileSync(testOutcomesFile, JSON.stringify([...modules.flatMap(ofModule), ...outside]))
  }
}
