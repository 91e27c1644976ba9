import { runVisibly } from './commands.mjs'
import { obtainNode } from './other-node.mjs'
import { program } from './program.mjs'
import { inRepository } from './repository.mjs'
import { obtainServers } from './servers.mjs'
import { setup } from './setup.mjs'

/**
 * `npm run bench`: prepares what the benchmarks need and runs them; arguments go to them (`npm run bench -- codec`).
 *   --node 24    measures on another Node, got from the registry
 */

/** @param {string[]} args @returns {{ version: string | undefined, rest: string[] }} */
const withoutNode = args => {
  const at = args.indexOf('--node')
  return at < 0 ? { version: undefined, rest: args } : { version: args[at + 1], rest: args.toSpliced(at, 2) }
}

await program(import.meta.url, async () => {
  await setup()
  for (const { name, missing } of await obtainServers()) if (missing) console.log(`${name}: not available: ${missing}`)
  const { version, rest } = withoutNode(process.argv.slice(2))
  const node = version ? await obtainNode(version) : process.execPath
  return runVisibly(node, [inRepository('packages/bench/dist/main.js'), ...rest])
})
