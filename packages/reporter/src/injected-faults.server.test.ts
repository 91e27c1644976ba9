/**
 * Every call by which the reporter leaves its own code fails some times, in the thread of the application and in a worker: clients get what they would get, nothing is thrown at the
 * process, and each record is in the set, on disk for the next process, or counted as lost.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sharedServer, startProxy, startRedis } from '@pumphouse/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { entry, run } from '../test/program.ts'
import { readSet, timesSeen } from '../test/read-set.ts'
import { spoolFiles } from '../test/spool-files.ts'
import type { ReporterStats } from './tally.ts'

const shared = sharedServer(startRedis)
const spool = spoolFiles()
afterAll(async () => {
  spool.remove()
  await shared.stop()
})

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const hashKeyFile = join(spool.dir, 'key')
const LEFT = 30
/** Numbers that no request has. */
const FIRST_LEFT = 1000

interface Outcome {
  readonly requests: number
  readonly answered: number
  readonly thrown: readonly string[]
  readonly errors: string
  readonly stats: ReporterStats
}

/** What a process leaves on disk that never saw Redis; all cases begin with a copy of it. */
async function leave(): Promise<void> {
  const options = {
    service: 'left',
    poolSize: 0,
    redis: 'redis://127.0.0.1:1',
    analytics: { name: 'left' },
    spool: { dir: spool.dir },
  }
  writeFileSync(hashKeyFile, 'a key for the hashes of tests')
  await run(`const reporter = createReporter(${JSON.stringify({ ...options, batchSize: 10 })})
    for (let n = ${FIRST_LEFT}; n < ${FIRST_LEFT + LEFT}; n++) reporter.record({ n })
    process.exit(0)`)
}

let leaving: Promise<void> | undefined

/** The same, in the spool of this set. */
async function leaveSpool(set: string): Promise<void> {
  leaving ??= leave()
  await leaving
  mkdirSync(join(spool.dir, set))
  cpSync(join(spool.dir, 'left'), join(spool.dir, set), { recursive: true })
  spool.age(set)
}

/** Redis is away while the requests come, so that frames go to disk, and there when they have. */
async function serveWith(fault: string, set: string, options: object, redisPort: number): Promise<Outcome> {
  const proxy = await startProxy(redisPort)
  proxy.refuse()
  const given = JSON.stringify({
    ...options,
    redis: `redis://127.0.0.1:${proxy.port}`,
    analytics: { name: set },
    spool: { dir: spool.dir, mode: 'always' },
    redact: { hash: ['clientIp'], hashKeyFile },
  })
  const args = [
    file('../test/faulty-host.mjs'),
    entry,
    file('../dist/adapters/http.js'),
    file('../test/faulty-worker.mjs'),
    fault,
    given,
  ]
  const child = spawn(process.execPath, args, { stdio: 'pipe', timeout: 100_000 })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk
    if (output === 'recorded\n') {
      proxy.heal()
      child.stdin.write('go\n')
    }
  })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk
  })
  await once(child, 'close')
  await proxy.close()
  return { ...JSON.parse(output.split('\n')[1] ?? ''), errors }
}

const faults = [
  ...['zlib.brotliCompressSync', 'crypto.createHmac'],
  ...['parentPort.postMessage', 'Worker.postMessage'],
  ...[
    'fs.mkdirSync',
    'fs.openSync',
    'fs.writevSync',
    'fs.readSync',
    'fs.fstatSync',
    'fs.ftruncateSync',
    'fs.closeSync',
  ],
  ...[
    'fs.unlinkSync',
    'fs.renameSync',
    'fs.readdirSync',
    'fs.statSync',
    'fs.rmdirSync',
    'fs.utimesSync',
    'fs.readFileSync',
  ],
]

/** There is no frame without them. */
const COSTS_RECORDS = ['zlib.brotliCompressSync', 'Worker.postMessage']

describe.each([0, 1])('with poolSize %i', poolSize => {
  // Where there is no thread, what reads files first is that of the options, and says so by its error.
  const possible = faults.filter(fault => poolSize === 1 || !/^(parentPort|Worker|fs.readFileSync)/.test(fault))
  // Each is a process that waits most of its time.
  it.concurrent.for(possible)('the application and the account stay whole while %s fails', async (fault, ctx) => {
    const redis = await shared.orSkip(ctx.skip)
    const set = `faults-${poolSize}-${fault}`
    await leaveSpool(set)
    const { requests, answered, thrown, errors, stats } = await serveWith(fault, set, { poolSize }, redis.port)
    expect(thrown).toEqual([])
    expect(answered).toBe(requests)
    expect(errors).toContain(`injected: ${fault}`)
    const { records } = await readSet(redis.url, set)
    const seen = [...timesSeen(records, 'n').keys()].map(Number)
    expect(records).toHaveLength(seen.length)
    const dropped = Object.values(stats.dropped).reduce((sum, count) => sum + count, 0)
    expect(stats).toMatchObject({ created: requests, accepted: requests, queued: 0 })
    expect(seen.filter(n => n < FIRST_LEFT).length + dropped).toBe(requests)
    if (!COSTS_RECORDS.includes(fault)) expect(dropped).toBe(0)
    // What the fault kept this process from taking over is there for the next.
    if (seen.filter(n => n >= FIRST_LEFT).length < LEFT) expect(spool.files(set).length).toBeGreaterThan(0)
  })
})

it.for<[string, number, number]>([
  ['with a thread', 1, 20],
  // The client of Redis does not work there.
  ['without one', 0, 0],
])('frozen built-in objects harm nobody %s: what cannot be sent is counted', async ([, poolSize, sent], ctx) => {
  const { url } = await shared.orSkip(ctx.skip)
  const options = { service: 's', redis: url, poolSize, analytics: { name: `frozen-${poolSize}` } }
  const { output, code } = await run(
    `import { once } from 'node:events'
    import { createServer } from 'node:http'
    import { instrument } from ${JSON.stringify(file('../dist/adapters/http.js'))}
    const thrown = []
    process.on('uncaughtException', error => thrown.push(String(error.stack)))
    process.on('unhandledRejection', error => thrown.push(String(error)))
    const reporter = createReporter({ ...${JSON.stringify(options)}, onWarning: () => undefined })
    const server = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    instrument(server, { reporter, enrich: () => ({ tags: ['a'] }) })
    let answered = 0
    for (let n = 0; n < 20; n++) {
      if ((await (await fetch('http://127.0.0.1:' + server.address().port)).text()) === 'hello') answered++
    }
    await reporter.flush({ timeout: ${sent > 0 ? "'20s'" : "'1s'"} })
    server.closeAllConnections()
    server.close()
    const { sent, dropped } = await reporter.close({ timeout: 0 })
    process.stdout.write(JSON.stringify({ thrown, answered, sent, closed: dropped.closed }))`,
    ['--frozen-intrinsics'],
  )
  expect(JSON.parse(output)).toEqual({ thrown: [], answered: 20, sent, closed: 20 - sent })
  expect(code).toBe(0)
})
