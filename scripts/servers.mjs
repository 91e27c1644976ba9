import { obtainMongoProgram } from './obtain-mongo.mjs'
import { obtainMongoJava } from './obtain-mongo-java.mjs'
import { obtainRedisProgram, redisAdvice } from './obtain-redis.mjs'
import { obtainRuntimes } from './obtain-runtimes.mjs'
import { obtainSearchServers } from './obtain-search.mjs'
import { program } from './program.mjs'

/**
 * Gets the real servers, and the other runtimes, that the tests start (the starting itself is the testkit's). What cannot be had is said with its reason;
 * the tests that need it are then skipped and counted, and fail on a CI machine.
 */

/** @returns {Promise<readonly { name: string, missing?: string }[]>} */
export const obtainServers = async () => {
  const redis = await obtainRedisProgram()
  const mongo = await obtainMongoProgram()
  const mongoJava = await obtainMongoJava()
  const search = await obtainSearchServers()
  const runtimes = await obtainRuntimes()
  return [
    { name: 'Redis', ...('reason' in redis && { missing: `${redis.reason}. ${redisAdvice}` }) },
    { name: 'MongoDB protocol', ...('reason' in mongo && { missing: mongo.reason }) },
    { name: 'mongo-java-server', ...(mongoJava && { missing: mongoJava }) },
    ...search,
    ...runtimes,
  ]
}

await program(import.meta.url, async () => {
  const servers = await obtainServers()
  for (const { name, missing } of servers)
    console.log(missing ? `${name}: not available: ${missing}` : `${name}: ready`)
  return servers.some(({ missing }) => missing) ? 1 : 0
})
