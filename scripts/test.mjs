import { parseArgs } from 'node:util'
import { check } from './check.mjs'
import { demoCheck } from './demo-check.mjs'
import { onCi } from './environment.mjs'
import { obtainNode, testOnNewestNode } from './other-node.mjs'
import { sumUp } from './outcomes.mjs'
import { packCheck } from './pack-check.mjs'
import { program } from './program.mjs'
import { runTests } from './run-tests.mjs'
import { obtainServers } from './servers.mjs'
import { setup } from './setup.mjs'

/**
 * `npm test`: everything from a bare clone: installs, builds, gets the servers, checks, packs, runs the demo, tests. The last line sums up all parts.
 *   --unit       only set-up and the tests that need neither servers nor waiting, many files in one process, few random cases a property (what follows goes to vitest: `npm run test:unit -- packages/record`)
 *   --faults     only the tests that kill, freeze, cut and starve, with the servers they need; --soak 30m lets the storm among them last so long,
 *                Redis be away for a minute, an application be killed twenty times, and 100,000 requests go the whole way
 *   --node 24    runs the tests, and uses the packed packages, on another Node, got from the registry; 20.19 is the oldest that is supported. What of it:
 *                `npm test -- --node 20.19 packages/reporter/src/adapters`
 */

/** @typedef {import('./outcomes.mjs').Outcome} Outcome */

const FAULT_TESTS = [
  'packages/daemon/test/faults/',
  'packages/daemon/test/end-to-end',
  'packages/reporter/src/redis-away',
  'packages/reporter/src/spool/spool-account',
]

/** What a soak runs besides: servers that take long to start again. */
const SOAK_TESTS = ['packages/pumps/src/search/limits', 'packages/reporter/src/growth']

// In the loop of a developer; `npm test` tries as many as each test says.
const FEW_CASES = 25

/** On a CI machine a server that cannot be had is a failure; elsewhere its tests are skipped and counted. @returns {Promise<Outcome[]>} */
const servers = async () =>
  (await obtainServers()).flatMap(({ name, missing }) => {
    if (!missing) return []
    console.log(`${name}: not available: ${missing}`)
    return onCi ? [{ name: `server: ${name}`, state: 'failed', reason: missing }] : []
  })

/** @param {readonly Outcome[]} outcomes @param {Outcome['state']} state @param {string} heading */
const list = (outcomes, state, heading) => {
  const chosen = outcomes.filter(outcome => outcome.state === state)
  if (chosen.length === 0) return
  console.log(heading)
  for (const { name, reason } of chosen) console.log(`  ${name}${reason ? `: ${reason.split('\n')[0]}` : ''}`)
}

/** @param {Error} error @returns {Outcome[]} */
const preparationFailed = ({ message }) => {
  console.error(message)
  return [{ name: 'preparation', state: 'failed', reason: message }]
}

/** @param {string} text `90s`, `30m` or `2h` @returns {Record<string, string>} variables for the tests */
const soakFor = text => {
  const [, count, unit] = /^(\d+)([smh])$/.exec(text) ?? []
  if (!count) throw new Error(`--soak ${text}: expected a duration such as 90s, 30m or 2h`)
  const seconds = Number(count) * (unit === 'h' ? 3600 : unit === 'm' ? 60 : 1)
  return { PUMPHOUSE_TEST_SOAK_MS: String(seconds * 1000) }
}

/** The packages and the demo, as somebody else uses them. @param {string} node */
const usedAsByOthers = async node => [...(await packCheck(node)), await demoCheck()]

/** @param {{ unit: boolean, faults: boolean, soak?: string, node?: string, rest: readonly string[] }} choice @returns {Promise<Outcome[]>} */
const runAll = async ({ unit, faults, soak, node, rest }) => {
  await setup()
  const program = node ? await obtainNode(node) : process.execPath
  if (unit)
    return runTests(program, ['--project', 'unit', ...rest], {
      PUMPHOUSE_TEST_PROPERTY_CASES: String(FEW_CASES),
    })
  const missing = await servers()
  if (faults || soak)
    return [
      ...missing,
      ...(await runTests(program, [...FAULT_TESTS, ...(soak ? SOAK_TESTS : []), ...rest], soak ? soakFor(soak) : {})),
    ]
  // The one computes, the other waits for npm, Redis and requests.
  const [checked, used] = await Promise.all([check(), usedAsByOthers(program)])
  return [
    ...missing,
    ...checked,
    ...used,
    ...(await runTests(program, rest)),
    ...(node ? [] : await testOnNewestNode()),
  ]
}

await program(import.meta.url, async () => {
  const { values, positionals } = parseArgs({
    options: {
      unit: { type: 'boolean', default: false },
      faults: { type: 'boolean', default: false },
      soak: { type: 'string' },
      node: { type: 'string' },
    },
    allowPositionals: true,
  })
  const outcomes = await runAll({ ...values, rest: positionals }).catch(preparationFailed)
  list(outcomes, 'skipped', '\nskipped:')
  list(outcomes, 'failed', '\nfailed:')
  console.log(`\n${sumUp(outcomes)}`)
  return outcomes.length === 0 || outcomes.some(({ state }) => state === 'failed') ? 1 : 0
})
