import { obtainSuite } from './other-suites/obtain-suite.mjs'
import { filesOf, lostTests, runSuite, takeCounts } from './other-suites/run-suite.mjs'
import { suites } from './other-suites/suites.mjs'
import { printStep, sumUp } from './outcomes.mjs'
import { program } from './program.mjs'
import { setup } from './setup.mjs'

/**
 * `npm run test:others`: runs test suites that other packages ship, each as it is and with the reporter in front of it, and compares: no test may tell a difference.
 * Words after `--` that name packages choose those, others choose files of tests by their names (`-- fastify stream reply`); all of them take some minutes.
 */

/**
 * One suite, twice. Tests that differ are given a second chance, both times: some of them depend on time.
 * @param {import('./other-suites/suites.mjs').Suite} suite
 * @param {readonly string[]} words
 */
const compare = async (suite, words) => {
  const folder = await obtainSuite(suite)
  const files = filesOf(folder, suite, words)
  const startMs = performance.now()
  takeCounts(folder)

  const alone = await runSuite(folder, suite, files, false)
  console.log(`${suite.name}, its own tests: ${alone.passes} pass, ${alone.failures} fail`)
  const together = await runSuite(folder, suite, files, true)
  const { records, failures } = takeCounts(folder)
  console.log(`with the reporter in front: ${together.passes} pass, ${together.failures} fail; ${records} records`)

  let differing = lostTests(alone, together).filter(name => !suite.lookingAtHooks?.includes(name))
  if (differing.length > 0) {
    console.log(`once more, because of: ${differing.join('; ')}`)
    const again = lostTests(await runSuite(folder, suite, files, false), await runSuite(folder, suite, files, true))
    differing = differing.filter(name => again.includes(name))
  }
  const problems = [
    ...differing.map(name => `passes only without the reporter in front: ${name}`),
    ...(alone.passes ? [] : ['no test passes']),
    ...(records ? [] : ['the reporter recorded nothing']),
    ...(failures ? [`${failures} failures inside of the reporter`] : []),
  ]
  const name = `other suites: the tests of ${suite.name} have the same results with the reporter in front`
  return printStep(name, problems.length === 0, problems.join('\n'), startMs)
}

await program(import.meta.url, async () => {
  await setup()
  const words = process.argv.slice(2)
  const named = suites.filter(({ name }) => words.includes(name))
  const others = words.filter(word => !suites.some(({ name }) => name === word))
  const outcomes = []
  for (const suite of named.length > 0 ? named : suites) outcomes.push(await compare(suite, others))
  console.log(sumUp(outcomes))
  return outcomes.some(({ state }) => state === 'failed') ? 1 : 0
})
