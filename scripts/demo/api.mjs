import { childEnvironment } from '../environment.mjs'
import { inRepository } from '../repository.mjs'
import { startChild } from './children.mjs'
import { freePort } from './waiting.mjs'

const program = inRepository('packages/examples/dist/fastify-api.js')
const startTimeoutMs = 15_000
const stopTimeoutMs = 15_000
const announcement = /listening on (http:\S+)/

/**
 * Starts the example API with the reporter in it.
 * @param {string} folder the demo's own
 * @param {import('./redis.mjs').DemoRedis} redis
 */
export const startApi = async (folder, redis) => {
  const logFile = `${folder}/api.log`
  const env = childEnvironment({
    PORT: `${await freePort()}`,
    PUMPHOUSE_REDIS_URL: redis.url,
    PUMPHOUSE_REPORTER_ANALYTICS_NAME: redis.set,
  })
  const child = startChild('api', process.execPath, [program], { cwd: folder, env, logFile })
  let lastLine = ''
  /** @type {Promise<string | undefined>} */
  const listening = new Promise(resolve => {
    child.lines(line => {
      if (line.trim() !== '') lastLine = line
      const url = announcement.exec(line)?.[1]
      if (url) resolve(url)
    })
    child.ended.then(() => resolve(undefined))
    setTimeout(() => resolve(undefined), startTimeoutMs).unref()
  })
  const url = await listening
  if (!url) {
    await child.stop(0)
    throw new Error(`the API did not start; see ${logFile}`)
  }
  return {
    url,
    /**
     * Stops it gracefully; its last line is what the reporter counted.
     * @returns {Promise<{ code: number, stats: Record<string, any> | undefined }>}
     */
    stop: async () => {
      const code = await child.stop(stopTimeoutMs)
      try {
        return { code, stats: JSON.parse(lastLine) }
      } catch {
        return { code, stats: undefined }
      }
    },
  }
}
