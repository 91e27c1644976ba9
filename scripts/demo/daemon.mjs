import { writeFileSync } from 'node:fs'
import { run } from '../commands.mjs'
import { childEnvironment } from '../environment.mjs'
import { inRepository } from '../repository.mjs'
import { startChild } from './children.mjs'
import { pumpYaml } from './pump-yaml.mjs'
import { freePort, get, waitFor } from './waiting.mjs'

const command = inRepository('packages/daemon/bin/pumphouse.js')
const startTimeoutMs = 15_000
const stopTimeoutMs = 35_000

/**
 * What `pumphouse status --json` says of one pump, in records.
 * @typedef {{ pushed: number, delivered: number, filtered: number, deadLettered: number, removed: number, pending: number, holds: boolean }} PumpAccount
 */

/**
 * Starts the real daemon with a written pump.yaml and waits until it is ready.
 * @param {string} folder the demo's own
 * @param {import('./redis.mjs').DemoRedis} redis
 */
export const startDaemon = async (folder, redis) => {
  const healthPort = await freePort()
  const config = `${folder}/pump.yaml`
  const recordsFile = `${folder}/records.jsonl`
  // The URL of a given Redis can hold a password.
  writeFileSync(config, pumpYaml({ url: redis.url, set: redis.set, healthPort, recordsFile }), { mode: 0o600 })
  const logFile = `${folder}/daemon.log`
  // The file decides, not a variable that happens to be set.
  const env = childEnvironment({ PUMPHOUSE_REDIS_URL: undefined })
  const child = startChild('daemon', process.execPath, [command, 'run', '-c', config], { cwd: folder, env, logFile })
  const health = () => get(`http://127.0.0.1:${healthPort}/healthz`)
  const ready = async () => (await get(`http://127.0.0.1:${healthPort}/readyz`)).status === 200
  const first = await Promise.race([waitFor(ready, startTimeoutMs), child.ended.then(() => undefined)])
  if (!first) {
    await child.stop(0)
    throw new Error(`the daemon did not get ready; see ${logFile}`)
  }
  return {
    config,
    recordsFile,
    healthUrl: `http://127.0.0.1:${healthPort}/healthz`,
    health,
    lines: child.lines,
    /** @returns {Promise<Record<string, PumpAccount> | undefined>} by pump; undefined when status could not be asked */
    account: async () => {
      const { output } = await run(process.execPath, [command, 'status', '-c', config, '--json'], { cwd: folder, env })
      try {
        return JSON.parse(output).pumps
      } catch {
        return undefined
      }
    },
    /** @returns {Promise<number>} its exit code */
    stop: () => child.stop(stopTimeoutMs),
  }
}
