import { createRequire } from 'node:module'
import { propertyCases } from './environment.mjs'

/**
 * fast-check as the unit tests get it in the loop of a developer: it tries a property on a few random cases, so that all properties are tried within seconds.
 * `npm test` tries the number of cases that each test asks for.
 */
/** @type {typeof import('fast-check').default} */
const fc = createRequire(import.meta.url)('fast-check')
export default fc

const few = Number(propertyCases)

fc.installGlobalPlugin(() => {
  let tried = 0
  let isFailing = false
  /** @template T @param {T} outcome of a case: null when it passed */
  const noted = outcome => {
    isFailing ||= outcome !== null && !fc.PreconditionFailure.isFailure(outcome)
    return outcome
  }
  return {
    decorateRun: run => value => {
      // A case that fails is then made smaller, however many runs that takes.
      if (tried++ >= few && !isFailing) return new fc.PreconditionFailure(true)
      const outcome = run(value)
      return outcome instanceof Promise ? outcome.then(noted) : noted(outcome)
    },
  }
})
