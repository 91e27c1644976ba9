/** Each way a process can end, and what becomes of its records. With a spool the next process brings them, each once. */

import { once } from 'node:events'
import { freePort, sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { run, start } from '../test/program.ts'
import { readSet } from '../test/read-set.ts'
import { spoolFiles } from '../test/spool-files.ts'
import { createReporter } from './reporter.ts'

const shared = sharedServer(startRedis)
const disk = spoolFiles()
afterAll(async () => {
  disk.remove()
  await shared.stop()
})

interface Setting {
  readonly poolSize?: number
  readonly mode?: 'auto' | 'always' | 'off'
  readonly signals?: boolean
}

/** A program with a reporter that has taken 1,000 records. */
function recorded(url: string, name: string, { poolSize = 1, mode = 'auto', signals = false }: Setting): string {
  const options = { service: 's', redis: url, analytics: { name }, poolSize, signals, flushInterval: 100 }
  return `
    const reporter = createReporter({
      ...${JSON.stringify({ ...options, spool: { mode, dir: disk.dir } })},
      onWarning: () => undefined,
    })
    for (let n = 0; n < 1000; n++) reporter.record({ n })
    `
}

/** What is in the set when the next process has drained what is on disk. */
async function arrived(url: string, name: string): Promise<readonly unknown[]> {
  disk.age(name)
  const reporter = createReporter({ service: 's', redis: url, analytics: { name }, spool: { dir: disk.dir } })
  await until('a connection', () => reporter.stats().redis === 'up')
  await until('nothing is left on disk', () => disk.folders(name).length === 0, 20_000)
  await reporter.close()
  return (await readSet(url, name)).records.map(record => record['n'])
}

const all = Array.from({ length: 1000 }, (_, n) => n)

/** On these the main thread's 'exit' listeners run. */
const SOFT = [
  ['process.exit()', 'process.exit(3)', 3],
  ['an uncaught error', 'throw new Error("of the application")', 1],
  ['an uncaught error in a timer', 'setTimeout(() => { throw new Error("late") }, 20)', 1],
  ['an unhandled rejection', 'Promise.reject(new Error("of the application"))', 1],
] as const

/** On these nothing runs. */
const HARD = [
  ['SIGKILL', 'process.kill(process.pid, "SIGKILL")'],
  ['SIGTERM without a listener', 'process.kill(process.pid, "SIGTERM")'],
  ['abort', 'process.abort()'],
  ['a heap that is out of memory', 'const heap = []; for (;;) heap.push(new Array(1000).fill({ a: 1 }))'],
] as const

describe.each([0, 1])('with poolSize %i', poolSize => {
  describe.each(['fine', 'away'] as const)('and Redis %s', state => {
    it.for(SOFT)('%s loses nothing that had been accepted', async ([what, end, code], ctx) => {
      const redis = await shared.orSkip(ctx.skip)
      const name = `soft-${what.replaceAll(/\W+/g, '-')}-${poolSize}-${state}`
      const url = state === 'fine' ? redis.url : `redis://127.0.0.1:${await freePort()}`
      const ended = await run(recorded(url, name, { poolSize }) + end)
      expect(ended.code).toBe(code)
      expect(await arrived(redis.url, name)).toEqual(all)
    })
  })

  it.for(HARD)('%s loses nothing older than a flush interval with mode always', async ([what, end], ctx) => {
    const redis = await shared.orSkip(ctx.skip)
    const name = `hard-${what.replaceAll(/\W+/g, '-')}-${poolSize}`
    const url = `redis://127.0.0.1:${await freePort()}`
    const program = recorded(url, name, { poolSize, mode: 'always' })
    // As soon as every frame is written: on a busy machine a thread alone may take a second to start.
    const whenWritten = `setInterval(() => { if (reporter.stats().spool.frames === 5) { ${end} } }, 20)`
    const ended = await run(program + whenWritten, ['--max-old-space-size=40'])
    expect(ended.signal ?? ended.code).toMatch(/SIG(KILL|TERM|ABRT)/)
    expect(await arrived(redis.url, name)).toEqual(all)
  })
})

describe('without a spool', () => {
  it('process.exit() takes with it what Redis did not have', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const ended = await run(`${recorded(redis.url, 'bare', { mode: 'off' })} process.exit()`)
    expect(ended.code).toBe(0)
    expect((await arrived(redis.url, 'bare')).length).toBeLessThan(1000)
    expect(disk.folders('bare')).toEqual([])
  })
})

describe('the signal hook', () => {
  const printWhen = `setInterval(() => undefined, 1000); console.log('ready');`

  async function signalled(program: string, ...signals: NodeJS.Signals[]) {
    const { child, ended, output } = start(program)
    await until('it is ready', () => output().includes('ready'))
    for (const signal of signals) {
      child.kill(signal)
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    return ended
  }

  it.for(['SIGTERM', 'SIGINT'] as const)('flushes on %s and ends the process by that signal', async (signal, ctx) => {
    const redis = await shared.orSkip(ctx.skip)
    const name = `hook-${signal}`
    const ended = await signalled(recorded(redis.url, name, { signals: true, mode: 'off' }) + printWhen, signal)
    expect(ended).toMatchObject({ code: null, signal })
    expect(await arrived(redis.url, name)).toEqual(all)
  })

  it('ends the process at once when the signal comes again', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`
    const program = recorded(url, 'twice', { signals: true, mode: 'off' }) + printWhen
    const ended = await signalled(program, 'SIGTERM', 'SIGTERM')
    expect(ended).toMatchObject({ signal: 'SIGTERM' })
    expect(ended.elapsedMs).toBeLessThan(4_000)
  })

  it('lets the deadline end it when Redis is away', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`
    const ended = await signalled(recorded(url, 'late', { signals: true, mode: 'off' }) + printWhen, 'SIGTERM')
    expect(ended).toMatchObject({ signal: 'SIGTERM' })
    expect(ended.elapsedMs).toBeGreaterThan(4_900)
  })

  it.each(['on', 'once'])('leaves the end to a listener of the application (%s)', async how => {
    const url = `redis://127.0.0.1:${await freePort()}`
    const listener = `process.${how}('SIGTERM', () => setTimeout(() => process.exit(7), 300));`
    const ended = await signalled(listener + recorded(url, `own-${how}`, { signals: true }) + printWhen, 'SIGTERM')
    expect(ended).toMatchObject({ code: 7, signal: null })
  })

  it('ends once with several reporters, when all are done', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const second = recorded(redis.url, 'second', { signals: true, mode: 'off' }).replace(
      'const reporter',
      'var reporter',
    )
    const first = `{ ${recorded(redis.url, 'first', { signals: true, mode: 'off' })} }`
    const ended = await signalled(first + second + printWhen, 'SIGTERM')
    expect(ended).toMatchObject({ signal: 'SIGTERM', errors: '' })
    expect(await arrived(redis.url, 'first')).toEqual(all)
    expect(await arrived(redis.url, 'second')).toEqual(all)
  })
})

it('without the hook a signal is not listened for', async () => {
  const url = `redis://127.0.0.1:${await freePort()}`
  const { child, ended, output } = start(
    `${recorded(url, 'none', {})} console.log(process.listenerCount('SIGTERM') + process.listenerCount('SIGINT'))
     setInterval(() => undefined, 1000)`,
  )
  await until('it is ready', () => output() !== '')
  child.kill('SIGTERM')
  await once(child, 'exit')
  expect(output()).toBe('0\n')
  expect(await ended).toMatchObject({ signal: 'SIGTERM' })
})
