import { run, secondsSince } from './commands.mjs'
import { removeLeftovers } from './leftovers.mjs'
import { withLock } from './lock.mjs'
import { pnpm } from './pnpm.mjs'
import { program } from './program.mjs'
import { inRepository, tool } from './repository.mjs'
import { buildKey, dependenciesKey, readStamps, writeStamps } from './stamp.mjs'

/**
 * `npm run setup`: installs the dependencies and builds every package. Does nothing, quickly, when nothing changed since the last time.
 */

// 20.19 is the first Node 20 in which require() loads an ES module without a flag.
const leastNode = [20, 19]

const checkNode = () => {
  const [major, minor] = process.versions.node.split('.').map(Number)
  const [leastMajor, leastMinor] = leastNode
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return
  throw new Error(
    `Pumphouse needs Node ${leastNode.join('.')} or newer; this is ${process.version}. Install a newer Node and run this again.`,
  )
}

/** @param {string} what @param {string} command @param {readonly string[]} args */
const step = async (what, command, args) => {
  const startMs = performance.now()
  process.stdout.write(`${what} … `)
  const { code, output } = await run(command, args)
  if (code === 0) return console.log(secondsSince(startMs))
  console.log('failed')
  throw new Error(output.trimEnd())
}

const install = () => step('installing dependencies', 'npx', ['-y', pnpm, 'install', '--frozen-lockfile'])
const build = () => step('building the packages', tool('tsc'), ['-b'])

/**
 * Brings the checkout to where everything can run. Two at once wait for each other.
 * @throws {Error} whose message is what went wrong, for people
 */
export const setup = async () => {
  checkNode()
  const fresh = () => readStamps().build === buildKey()
  if (fresh()) return
  await withLock(inRepository('node_modules/.pumphouse-setup.lock'), async () => {
    if (fresh()) return
    const dependencies = dependenciesKey()
    if (readStamps().dependencies !== dependencies) {
      await install()
      writeStamps({ dependencies })
    }
    await build()
    removeLeftovers()
    writeStamps({ dependencies, build: buildKey() })
  })
}

await program(import.meta.url, async () => {
  await setup()
  console.log('set up')
})
