/**
 * Redis away for long under full load: the application answers, its memory stays within the bounds, and every record has its fate. Short
 * here; a soak (PUMPHOUSE_TEST_SOAK_MS) lets Redis be away for a minute. How the latency stays: `npm run bench -- redis-away`.
 */
import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sharedServer, startProxy, startRedis, until } from '@pumphouse/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { start } from '../test/program.ts'
import { readSet, timesSeen } from '../test/read-set.ts'
import { spoolFiles } from '../test/spool-files.ts'
import type { ReporterStats } from './tally.ts'

const redisServer = sharedServer(() => startRedis(['--appendonly', 'yes', '--appendfsync', 'always']))
const disk = spoolFiles()
afterAll(async () => {
  disk.remove()
  await redisServer.stop()
})

const AWAY_MS = process.env['PUMPHOUSE_TEST_SOAK_MS'] ? 60_000 : 3_000
const FINISH_MS = 60_000
const KIB_PER_MIB = 1024

/** What a program of these tests says at its end. */
interface Said {
  readonly stats: ReporterStats
  readonly warnings: readonly string[]
  /** Its highest so far: before the first record, and at the end. */
  readonly rssMiB: readonly [number, number]
}

const PREAMBLE = `
  const warnings = []
  const onWarning = ({ code }) => warnings.push(code)
  const rssMiB = () => process.resourceUsage().maxRSS / ${KIB_PER_MIB}
  const rssBefore = rssMiB()
  const say = stats => console.log('said ' + JSON.stringify({ stats, warnings, rssMiB: [rssBefore, rssMiB()] }))
`

function said(output: string): Said {
  return JSON.parse(output.slice(output.indexOf('said ') + 'said '.length)) as Said
}

describe.each([0, 1])('with poolSize %i', poolSize => {
  it.for(['drop-newest', 'drop-oldest'] as const)(
    'and without a spool, a full buffer with %s keeps memory in its bounds and every count exact',
    { timeout: 2 * FINISH_MS },
    async (onFull, ctx) => {
      const redis = await redisServer.orSkip(ctx.skip)
      const proxy = await startProxy(redis.port)
      ctx.onTestFinished(() => proxy.close())
      proxy.refuse()
      const name = `bounds-${onFull}-${poolSize}`
      const [records, kept] = [1_000_000, 20_000]
      const options = {
        ...{ service: 's', redis: `redis://127.0.0.1:${proxy.port}`, analytics: { name }, poolSize },
        buffer: { maxRecords: kept, onFull },
      }
      const program = start(
        `${PREAMBLE}
        const reporter = createReporter({ ...${JSON.stringify(options)}, onWarning })
        let returnedTrue = 0
        for (let n = 0; n < ${records}; n++) {
          if (reporter.record({ n, path: '/orders/' + n, statusCode: 200, userAgent: 'x'.repeat(100) })) returnedTrue++
          if (n % 1000 === 0) await new Promise(resolve => setImmediate(resolve))
        }
        // On a busy machine a thread may take longer to begin than all of that.
        while (!warnings.includes('PH_REDIS_AWAY')) await new Promise(resolve => setTimeout(resolve, 20))
        console.log('full', returnedTrue)
        while (reporter.stats().redis !== 'up') await new Promise(resolve => setTimeout(resolve, 20))
        await reporter.flush({ timeout: '30s' })
        say(await reporter.close())`,
        [],
        2 * FINISH_MS,
      )
      await until('all are recorded', () => program.output().includes('full'), FINISH_MS)
      proxy.heal()
      const { output, errors, code } = await program.ended
      expect(code, errors).toBe(0)
      const { stats, warnings, rssMiB } = said(output)

      expect(stats.created).toBe(records)
      expect(stats.accepted).toBe(Number(/full (\d+)/.exec(output)?.[1]))
      expect(stats.sent + stats.dropped.buffer_full).toBe(records)
      expect(stats.sent).toBeLessThanOrEqual(kept)
      expect(stats.sent).toBeGreaterThan(kept / 2)
      expect([...warnings].sort()).toEqual(['PH_REDIS_AWAY', 'PH_REPORTER_BUFFER_FULL'])
      // 20,000 records of some 150 bytes, what was just thrown away, and the code.
      expect(rssMiB[1] - rssMiB[0]).toBeLessThan(150)

      const numbers = (await readSet(redis.url, name)).records.map(record => Number(record['n']))
      expect(numbers).toHaveLength(stats.sent)
      expect(new Set(numbers).size).toBe(numbers.length)
      if (onFull === 'drop-newest') expect(Math.max(...numbers)).toBe(stats.sent - 1)
      else expect(Math.max(...numbers)).toBe(records - 1)
    },
  )
})

/** What `buffer.maxBytes` allows, and what else there may be: the batch that is open, those handed to a worker, their bookkeeping. */
const BOUND_MIB = 4
const BESIDE_MIB = 2

it.for([0, 1])(
  'and without a spool, memory stays within buffer.maxBytes under load, with poolSize %i',
  { timeout: 2 * FINISH_MS },
  async poolSize => {
    const options = { service: 's', redis: 'redis://127.0.0.1:1', poolSize, spool: { mode: 'off' } }
    const buffer = { maxRecords: 1_000_000, maxBytes: `${BOUND_MIB}MiB` }
    const records = 100_000
    const { output, errors, code } = await start(
      `const reporter = createReporter({ ...${JSON.stringify({ ...options, buffer })}, onWarning: () => undefined })
      while (reporter.stats().lastError === undefined) await new Promise(resolve => setTimeout(resolve, 20))
      const heldMiB = () => {
        // What the first finds free, the second counts as such: buffers are given back beside the program.
        gc()
        gc()
        const { heapUsed, arrayBuffers } = process.memoryUsage()
        return (heapUsed + arrayBuffers) / ${KIB_PER_MIB ** 2}
      }
      const record = n => reporter.record({ n, path: '/orders/' + n, text: String(n).padEnd(1_300, 'x') })
      // What is made once for any record is there.
      record(0)
      const before = heldMiB()
      let most = 0
      for (let n = 1; n < ${records}; n++) {
        record(n)
        if (n % 1_000 === 0) await new Promise(resolve => setImmediate(resolve))
        if (n % 10_000 === 0) most = Math.max(most, heldMiB() - before)
      }
      const { created, queued, dropped } = reporter.stats()
      console.log(JSON.stringify({ most, created, queued, dropped: dropped.buffer_full }))
      process.exit()`,
      ['--expose-gc'],
      2 * FINISH_MS,
    ).ended
    expect(code, errors).toBe(0)
    const { most, created, queued, dropped } = JSON.parse(output) as Record<string, number>
    expect(created).toBe(records)
    expect(queued! + dropped!).toBe(records)
    // All of it would be a hundred and thirty; some of it is used. Batches of this size fill their buffers by little more than half.
    expect(most).toBeLessThan(BOUND_MIB + BESIDE_MIB)
    expect(most).toBeGreaterThan(BOUND_MIB / 2)
  },
)

it('an API under load answers on while Redis is away, and with a spool nothing is lost or doubled', {
  timeout: AWAY_MS + 3 * FINISH_MS,
}, async ctx => {
  const redis = await redisServer.orSkip(ctx.skip)
  const name = 'api'
  const plugin = JSON.stringify(fileURLToPath(new URL('../dist/adapters/fastify.js', import.meta.url)))
  const options = { service: 's', redis: redis.url, analytics: { name }, spool: { dir: disk.dir } }
  const api = start(
    `${PREAMBLE}
    import fastify from ${JSON.stringify(import.meta.resolve('fastify'))}
    import { pumphouse } from ${plugin}
    const app = fastify({ forceCloseConnections: true })
    await app.register(pumphouse, { ...${JSON.stringify(options)}, onWarning })
    app.get('/n/:n', async () => 'x')
    console.log(await app.listen({ port: 0, host: '127.0.0.1' }))
    process.once('SIGTERM', async () => {
      while (app.pumphouse.stats().sent < app.pumphouse.stats().created) await new Promise(resolve => setTimeout(resolve, 20))
      await app.close()
      say(app.pumphouse.stats())
    })`,
    [],
    AWAY_MS + 2 * FINISH_MS,
  )
  const base = await until('the API listens', () => /http:\S+/.exec(api.output())?.[0])
  const load = startLoad(base)
  await until('traffic', () => load.answered > 500, FINISH_MS)
  await redis.kill()
  const { answered } = load
  await sleep(AWAY_MS)
  expect(load.answered).toBeGreaterThan(answered + 500)
  await redis.restart()
  await until('more traffic', () => load.answered > answered + 1_000, FINISH_MS)
  await load.stop()
  expect(load.failed).toBe(0)
  api.child.kill('SIGTERM')
  const { output, errors, code } = await api.ended
  expect(code, errors).toBe(0)

  const { stats, warnings, rssMiB } = said(output)
  expect(stats.created).toBe(load.answered)
  expect(stats.sent).toBe(stats.created)
  expect(Object.values(stats.dropped).every(count => count === 0)).toBe(true)
  expect(warnings).toEqual(['PH_REDIS_AWAY'])
  expect(rssMiB[1]).toBeLessThan(250)
  const { records } = await readSet(redis.url, name)
  expect(records).toHaveLength(stats.created)
  expect([...timesSeen(records, 'path').values()].every(times => times === 1)).toBe(true)
})

/** Twenty clients that ask one thing after another, each another path. */
function startLoad(base: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 20 })
  const counts = { answered: 0, failed: 0 }
  let next = 0
  let running = true
  const ask = (): Promise<boolean> =>
    new Promise(resolve => {
      const request = get(`${base}/n/${next++}`, { agent }, response => {
        response.resume()
        response.on('end', () => resolve(response.statusCode === 200))
        response.on('error', () => resolve(false))
      })
      request.on('error', () => resolve(false))
    })
  const clients = Array.from({ length: 20 }, async () => {
    while (running) {
      if (await ask()) counts.answered++
      else counts.failed++
    }
  })
  return {
    get answered() {
      return counts.answered
    },
    get failed() {
      return counts.failed
    },
    async stop() {
      running = false
      await Promise.all(clients)
      agent.destroy()
    },
  }
}

it('a thread that never reached Redis ends by itself when its reporter is closed', async () => {
  const { output } = await start(`
    process.once('worker', worker => worker.once('exit', code => console.log('thread ' + code)))
    const reporter = createReporter({ service: 's', redis: 'redis://127.0.0.1:1', onWarning: () => undefined })
    reporter.record({})
    await new Promise(resolve => setTimeout(resolve, 500))
    const { dropped } = await reporter.close({ timeout: '100ms' })
    console.log('dropped ' + dropped.closed)`).ended
  expect(output).toBe('thread 0\ndropped 1\n')
})
