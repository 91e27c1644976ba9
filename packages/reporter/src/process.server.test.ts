/** What a reporter does to the process it is in: nothing that the application did not ask for. Each case is a program of its own. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, sharedServer, startRedis } from '@pumphouse/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { entry, run } from '../test/program.ts'
import { readSet } from '../test/read-set.ts'

const redis = sharedServer(startRedis)
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reporter-process-'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await redis.stop()
})

function options(url: string, name: string, poolSize: number): string {
  return JSON.stringify({ service: 's', redis: url, analytics: { name }, poolSize })
}

describe.each([0, 1])('with poolSize %i', poolSize => {
  it('a process that has nothing more to do sends what it has and ends', async ctx => {
    const { url } = await redis.orSkip(ctx.skip)
    const name = `idle-${poolSize}`
    const ended = await run(`
      const reporter = createReporter(${options(url, name, poolSize)})
      for (let n = 0; n < 450; n++) reporter.record({ n })`)
    expect(ended).toMatchObject({ code: 0, errors: '' })
    expect((await readSet(url, name)).records).toHaveLength(450)
  })

  it('a process whose Redis is away ends too, a little later, and says what it did not send', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`
    const ended = await run(`
      const reporter = createReporter(${options(url, 'away', poolSize)})
      for (let n = 0; n < 10; n++) reporter.record({ n })`)
    expect(ended.code).toBe(0)
    expect(ended.elapsedMs).toBeLessThan(8_000)
    expect(ended.errors).toContain('PH_REDIS_AWAY')
    expect(ended.errors).toContain('10 records in memory')
  })

  it('a process without records ends at once', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`
    const ended = await run(`createReporter(${options(url, 'away', poolSize)})`)
    expect(ended.code).toBe(0)
    expect(ended.elapsedMs).toBeLessThan(3_000)
  })

  it('close() holds the process until the records are there', async ctx => {
    const { url } = await redis.orSkip(ctx.skip)
    const ended = await run(`
      const reporter = createReporter(${options(url, `closed-${poolSize}`, poolSize)})
      for (let n = 0; n < 10; n++) reporter.record({ n })
      console.log(JSON.stringify(await reporter.close()))`)
    expect(ended).toMatchObject({ code: 0, errors: '' })
    expect(JSON.parse(ended.output)).toMatchObject({ created: 10, sent: 10, queued: 0 })
  })
})

it("the application's flags are not the worker's: a preloaded module runs once", async ctx => {
  const { url } = await redis.orSkip(ctx.skip)
  const preload = join(folder, 'preload.mjs')
  writeFileSync(preload, 'console.log("preloaded")')
  const ended = await run(
    `const reporter = createReporter(${options(url, 'flags', 1)}); reporter.record({}); await reporter.close()`,
    ['--import', preload],
  )
  expect(ended).toMatchObject({ code: 0, output: 'preloaded\n', errors: '' })
})

it.each([
  ['never loads the Redis client when there are workers', 1, /^[1-9]\d* 0\n$/],
  ['loads it only to do their work itself', 0, /^[1-9]\d* [1-9]\d*\n$/],
])('the thread of the application %s', async (_, poolSize, expected) => {
  const url = `redis://127.0.0.1:${await freePort()}`
  const ended = await run(`
    import { createRequire } from 'node:module'
    const reporter = createReporter(${options(url, 'loaded', poolSize)})
    reporter.record({})
    await reporter.flush({ timeout: '300ms' })
    const loaded = Object.keys(createRequire(import.meta.url).cache)
    console.log(loaded.length, loaded.filter(path => path.includes('ioredis')).length)
    await reporter.close({ timeout: 0 })`)
  expect(ended.output).toMatch(expected)
})

it('can be required from CommonJS', async ctx => {
  const { url } = await redis.orSkip(ctx.skip)
  const program = join(folder, 'program.cjs')
  writeFileSync(
    program,
    `const { createReporter } = require(${JSON.stringify(entry)})
     const reporter = createReporter(${options(url, 'required', 1)})
     reporter.record({})
     reporter.close().then(stats => console.log(stats.sent))`,
  )
  const child = spawn(process.execPath, ['--no-warnings', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', chunk => {
    output += chunk
  })
  await once(child, 'close')
  expect(output).toBe('1\n')
})

it('a dozen reporters have one listener of each event of the process, and none when they are closed', async () => {
  const url = `redis://127.0.0.1:${await freePort()}`
  const ended = await run(`
    const options = { ...${options(url, 'dozen', 0)}, signals: true, spool: { dir: ${JSON.stringify(folder)} } }
    const events = ['beforeExit', 'exit', 'SIGTERM', 'SIGINT', 'removeListener']
    const before = events.map(event => process.listenerCount(event))
    const added = () => events.map((event, index) => process.listenerCount(event) - before[index]).join(' ')
    const reporters = Array.from({ length: 12 }, () => createReporter({ ...options, onWarning: () => undefined }))
    console.log(added())
    for (const reporter of reporters) await reporter.close({ timeout: 0 })
    console.log(added())`)
  expect(ended).toMatchObject({ code: 0, output: '1 1 1 1 1\n0 0 0 0 0\n', errors: '' })
})

it('an option that is wrong is an exception at the start, with every problem', async () => {
  const ended = await run(`
    try { createReporter({ poolSize: -1, samples: 1 }) } catch (error) { console.log(error.code, error.problems.length) }`)
  expect(ended).toMatchObject({ code: 0, output: 'PH_CONFIG_INVALID 3\n', errors: '' })
})
