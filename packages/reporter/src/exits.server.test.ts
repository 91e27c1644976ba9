/** Each way a process can end, and what becomes of its records. With a spool the next process brings them, each once. */

import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectRedis, type ProducerStatus, readProducers } from '@pumphouse/queue'
import { freePort, sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { entry, run, start } from '../test/program.ts'
import { readSet } from '../test/read-set.ts'
import { spoolFiles } from '../test/spool-files.ts'
import { createReporter } from './reporter.ts'
import type { ReporterStats } from './tally.ts'

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
  await until('nothing is left on disk', () => disk.folders(name).length === 0)
  await reporter.close()
  return (await readSet(url, name)).records.map(record => record['n'])
}

/** What the set knows of the only reporter that made so many records. */
async function producerOf(url: string, name: string, created: number): Promise<ProducerStatus | undefined> {
  const redis = connectRedis({ url }, 'test')
  try {
    await once(redis, 'ready')
    const { producers } = await readProducers(redis, { name, partitions: 1 })
    return producers.find(producer => producer.created === created)
  } finally {
    redis.disconnect()
  }
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
  ['SIGINT without a listener', 'process.kill(process.pid, "SIGINT")'],
  ['abort', 'process.abort()'],
  ['a heap that is out of memory', 'const heap = []; for (;;) heap.push(new Array(1000).fill({ a: 1 }))'],
] as const

// Each of these is a process that waits most of its time, as does the next one that takes over what it left.
describe.concurrent.each([0, 1])('with poolSize %i', poolSize => {
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
    expect(ended.signal ?? ended.code).toMatch(/SIG(KILL|TERM|INT|ABRT)/)
    expect(await arrived(redis.url, name)).toEqual(all)
  })
})

describe.concurrent.each([0, 1])('with a spool that cannot take what is in memory, and poolSize %i', poolSize => {
  /** A program that ends by process.exit() with 20,000 records in memory and prints its stats in an exit listener of its own. */
  function crowded(name: string, port: number, spool: object, onWarning = ''): string {
    const options = { service: 's', redis: `redis://127.0.0.1:${port}`, analytics: { name }, poolSize, spool }
    return `
      const reporter = createReporter({ ...${JSON.stringify(options)}, ${onWarning} })
      for (let n = 0; n < 20_000; n++) reporter.record({ n, path: '/orders/' + n })
      process.on('exit', () => console.log(JSON.stringify(reporter.stats())))
      process.exit(3)`
  }

  function expectNothingSilent(stats: ReporterStats): void {
    expect(stats).toMatchObject({ created: 20_000, accepted: 20_000, sent: 0, queued: 0 })
    expect(stats.spooled + stats.dropped.spool_full).toBe(20_000)
    expect(stats.dropped.spool_full).toBeGreaterThan(0)
  }

  it('because it is full, process.exit() counts and says what did not fit, and the set hears of it', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const name = `crowded-${poolSize}`
    const ended = await run(crowded(name, await freePort(), { dir: disk.dir, maxBytes: '64KiB' }))
    expect(ended.code).toBe(3)
    const stats = JSON.parse(ended.output) as ReporterStats
    expectNothingSilent(stats)
    expect(stats.spooled).toBeGreaterThan(0)
    const { spool_full: lost } = stats.dropped
    expect(ended.errors).toMatch(new RegExp(`PH_REPORTER_UNSENT.*${lost} records are lost: .*maxBytes \\(65536\\)\\n$`))
    expect(await arrived(redis.url, name)).toEqual(Array.from({ length: stats.spooled }, (_, n) => n))
    expect(await producerOf(redis.url, name, 20_000)).toMatchObject({
      created: 20_000,
      received: stats.spooled,
      dropped: { spool_full: lost },
      unaccounted: 0,
    })
  })

  it('because its folder cannot be made, process.exit() counts them all and says so', async () => {
    const dir = join(disk.dir, `no-folder-${poolSize}`)
    writeFileSync(dir, '')
    const ended = await run(crowded('no-folder', await freePort(), { dir }))
    expect(ended.code).toBe(3)
    const stats = JSON.parse(ended.output) as ReporterStats
    expectNothingSilent(stats)
    expect(stats.dropped.spool_full).toBe(20_000)
    expect(ended.errors).toMatch(/PH_REPORTER_UNSENT.*20000 records are lost: .*(ENOTDIR|EEXIST)/)
  })

  it('the application hears of it where it hears of everything, and its exit code stays when it throws', async () => {
    const spool = { dir: disk.dir, maxBytes: '64KiB' }
    const onWarning = 'onWarning: ({ code }) => { console.log(code); throw new Error("of the application") }'
    const ended = await run(crowded(`told-${poolSize}`, await freePort(), spool, onWarning))
    expect(ended).toMatchObject({ code: 3, errors: '' })
    const [said, stats = ''] = ended.output.trim().split('\n').slice(-2)
    expect(said).toBe('PH_REPORTER_UNSENT')
    expectNothingSilent(JSON.parse(stats))
  })
})

it('what listeners of the application record while it exits is refused and counted', async () => {
  const options = { service: 's', redis: 'redis://127.0.0.1:1', spool: { dir: join(disk.dir, 'late') } }
  const { output } =
    await run(`const reporter = createReporter({ ...${JSON.stringify(options)}, onWarning: () => undefined })
    process.on('exit', () => console.log(reporter.record({ late: true }), reporter.stats().dropped.closed))
    reporter.record({ late: false })
    process.exit()`)
  expect(output).toBe('false 1\n')
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

  it.for(['on', 'once', 'prependOnceListener'])(
    'leaves the end to a listener of the application (%s)',
    async (how, ctx) => {
      const { url } = await shared.orSkip(ctx.skip)
      const listener = `process.${how}('SIGTERM', () => setTimeout(() => process.exit(7), 300));`
      const program = recorded(url, `own-${how}`, { signals: true })
      // Nothing but the listener holds the process then.
      const sent = 'while (reporter.stats().sent < 1000) await new Promise(resolve => setTimeout(resolve, 10));'
      for (const either of [listener + program, program + listener]) {
        expect(await signalled(either + sent + printWhen, 'SIGTERM')).toMatchObject({ code: 7, signal: null })
      }
    },
  )

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

  it('does not take that of another installed copy for the application', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    // The same module under another URL: Node loads it anew.
    const copy = new URL('../dist/signal-hook.js?copy', import.meta.url).href
    const other = `
      const { hookSignals } = await import(${JSON.stringify(copy)})
      hookSignals({ flush: async () => console.log('flushed'), close: async () => console.log('closed') });`
    const program = recorded(redis.url, 'copies', { signals: true, mode: 'off' }) + other + printWhen
    const ended = await signalled(program, 'SIGTERM')
    expect(ended).toMatchObject({ signal: 'SIGTERM', output: 'ready\nclosed\n', errors: '' })
    expect(await arrived(redis.url, 'copies')).toEqual(all)
  })
})

it.for([
  ['process.exit()', 'process.exit(3)', 3],
  ['SIGTERM', 'process.kill(process.pid, "SIGTERM")', 'SIGTERM'],
] as const)(
  '%s of the main thread leaves of a worker thread what mode always has on disk',
  async ([what, end, how], ctx) => {
    const redis = await shared.orSkip(ctx.skip)
    const name = `in-thread-${what.replaceAll(/\W+/g, '-')}`
    const url = `redis://127.0.0.1:${await freePort()}`
    const source = join(disk.dir, `${name}.mjs`)
    writeFileSync(
      source,
      `import { parentPort } from 'node:worker_threads'
    import { createReporter } from ${JSON.stringify(entry)}
    ${recorded(url, name, { mode: 'always', signals: true }).replace('() => undefined', '({ code }) => console.log(code)')}
    setInterval(() => reporter.stats().spool.frames === 5 && parentPort.postMessage('written'), 20)`,
    )
    const ended = await run(`
    import { Worker } from 'node:worker_threads'
    new Worker(${JSON.stringify(source)}, { execArgv: [] }).on('message', () => ${end})`)
    expect(ended.output).toMatch(/^PH_REPORTER_SIGNALS$/m)
    expect(ended.signal ?? ended.code).toBe(how)
    expect(await arrived(redis.url, name)).toEqual(all)
  },
)

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
