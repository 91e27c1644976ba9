import { runVisibly } from './commands.mjs'
import { program } from './program.mjs'
import { inRepository } from './repository.mjs'
import { obtainServers } from './servers.mjs'
import { setup } from './setup.mjs'

/**
 * `npm run bench`: prepares what the benchmarks need and runs them; arguments go to them (`npm run bench -- codec`).
 */

await program(import.meta.url, async () => {
  await setup()
  for (const { name, missing } of await obtainServers()) if (missing) console.log(`${name}: not available: ${missing}`)
  return runVisibly(process.execPath, [inRepository('packages/bench/dist/main.js'), ...process.argv.slice(2)])
})
