import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startApi } from './demo/api.mjs'
import { stopChildrenBut } from './demo/children.mjs'
import { startDaemon } from './demo/daemon.mjs'
import { claimFolder } from './demo/folder.mjs'
import { startLiveView } from './demo/live-view.mjs'
import { obtainDemoRedis } from './demo/redis.mjs'
import { findLosses, printSummary, readRecords } from './demo/summary.mjs'
import { startTraffic } from './demo/traffic.mjs'
import { waitFor } from './demo/waiting.mjs'
import { program } from './program.mjs'
import { setup } from './setup.mjs'

/**
 * `npm run demo`: the whole way of a record, for everyone to see: an API with the reporter, Redis, the daemon, two pumps.
 *   --seconds 10    how long traffic is sent (default 60; Ctrl-C ends it sooner)
 * Exits with 0 only if every request made one record and both pumps delivered it. Everything it writes is in .demo/.
 */

const defaultSeconds = 60
const drainTimeoutMs = 20_000
// What is left after something went wrong.
const stopTimeoutMs = 5_000
const interruptedExitCode = 130

/** Aborts at the first Ctrl-C, SIGTERM or SIGHUP; the second ends the demo and its children at once. */
const interruption = () => {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(interruptedExitCode)
      console.log('\nstopping …')
      controller.abort()
    })
  }
  return controller.signal
}

/** The pumps have settled everything that was pushed. @param {Awaited<ReturnType<typeof startDaemon>>} daemon */
const drained = async daemon => {
  const accounts = await daemon.account()
  return accounts && Object.values(accounts).every(({ pending }) => pending === 0) ? accounts : undefined
}

/**
 * One run, between a Redis that is there and one that may go.
 * @param {string} folder @param {import('./demo/redis.mjs').DemoRedis} redis @param {number} seconds @param {AbortSignal} signal
 * @returns {Promise<string[]>} what went wrong
 */
const runDemo = async (folder, redis, seconds, signal) => {
  const daemon = await startDaemon(folder, redis)
  console.log(`daemon: two pumps, console (stdout) and disk (${daemon.recordsFile}); health: ${daemon.healthUrl}`)
  const api = await startApi(folder, redis)
  console.log(
    `API: ${api.url}, one line of Pumphouse in it; sending it mixed traffic for ${seconds} s (Ctrl-C ends it sooner)\n`,
  )
  const traffic = startTraffic(api.url)
  const view = startLiveView({ traffic, daemon })
  await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined)
  await traffic.stop()
  await view.stop()
  const { code: apiCode, stats } = await api.stop()
  const accounts = (await waitFor(() => drained(daemon), drainTimeoutMs)) ?? (await daemon.account())
  const { status, body } = await daemon.health()
  console.log(`\nGET ${daemon.healthUrl} → ${status} ${body}`)
  const daemonCode = await daemon.stop()
  const outcome = {
    requests: traffic.sent(),
    created: stats?.created,
    accounts,
    records: await readRecords(daemon.recordsFile),
  }
  printSummary(outcome)
  return [
    ...findLosses(outcome),
    ...(traffic.unreached() > 0 ? [`${traffic.unreached()} requests did not reach the API`] : []),
    ...(apiCode === 0 ? [] : [`the API ended with exit code ${apiCode}`]),
    ...(daemonCode === 0 ? [] : [`the daemon ended with exit code ${daemonCode}`]),
    ...(status === 200 ? [] : [`/healthz answered ${status}`]),
  ]
}

/** @param {number} seconds */
const demo = async seconds => {
  await setup()
  const signal = interruption()
  const folder = claimFolder()
  const redis = await obtainDemoRedis(folder)
  try {
    console.log(`Redis: ${redis.told}`)
    return await runDemo(folder, redis, seconds, signal)
  } finally {
    await stopChildrenBut('redis', stopTimeoutMs)
    await redis.stop()
  }
}

await program(import.meta.url, async () => {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: `${defaultSeconds}` } } })
  const seconds = Number(values.seconds)
  if (!(seconds > 0)) throw new Error(`--seconds wants a number above 0, not "${values.seconds}"`)
  const problems = await demo(seconds)
  for (const problem of problems) console.error(`not as it must be: ${problem}`)
  if (problems.length > 0) return 1
  console.log('Nothing was lost. The records are in .demo/records.jsonl.')
  return 0
})
