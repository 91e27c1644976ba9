import { secondsSince } from './commands.mjs'

/**
 * What became of one test, or of one step of a check, which counts as a test.
 * @typedef {{ name: string, state: 'passed' | 'failed' | 'skipped', reason?: string }} Outcome
 */

/**
 * Prints a step's line, and the reason of a failure under it.
 * @param {Outcome} outcome
 * @param {number} startMs performance.now() at its start
 */
export const printOutcome = (outcome, startMs) => {
  const sign = { passed: '✓', failed: '✗', skipped: '-' }[outcome.state]
  console.log(`${sign} ${outcome.name} (${secondsSince(startMs)})`)
  if (outcome.state === 'failed' && outcome.reason) console.log(outcome.reason.replace(/^/gm, '    '))
  return outcome
}

/**
 * Prints a step that passed, or that failed for a reason.
 * @param {string} name @param {boolean} hasPassed @param {string} reason @param {number} startMs performance.now() at its start
 */
export const printStep = (name, hasPassed, reason, startMs) =>
  printOutcome(hasPassed ? { name, state: 'passed' } : { name, state: 'failed', reason }, startMs)

/** `12 passed, 0 failed, 1 skipped`. @param {readonly Outcome[]} outcomes */
export const sumUp = outcomes => {
  const count = (/** @type {Outcome['state']} */ state) => outcomes.filter(outcome => outcome.state === state).length
  return `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`
}
