/** What the spool promises when its process is gone: the next one, whatever it is called, brings what it left, once and in order. */

import { appendFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, type RunningServer, sharedServer, startProxy, startRedis, until } from '@pumphouse/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { run, start } from '../../test/program.ts'
import { readSet } from '../../test/read-set.ts'
import { accepted, keepsRecording } from '../../test/recording-program.ts'
import { spoolFiles } from '../../test/spool-files.ts'
import type { ReporterOptions } from '../options.ts'
import { createReporter } from '../reporter.ts'

const shared = sharedServer(startRedis)
const disk = spoolFiles()
afterAll(async () => {
  disk.remove()
  await shared.stop()
})

const FLUSH_MS = 300
/** A batch must get from its timer to the worker and to the disk, on a machine that runs other tests too. */
const SLACK_MS = 1_500
/** Of a Redis on another continent: it takes a few pushes a second only, one after the other. */
const ROUND_TRIP_MS = 150

function options(url: string, name: string, more: ReporterOptions = {}): ReporterOptions {
  return { service: 's', redis: url, analytics: { name }, batchSize: 50, spool: { dir: disk.dir }, ...more }
}

/** Starts the next process of the application, waits until it has drained what is there, and says what it adopted. */
async function adopt(redis: RunningServer, name: string) {
  disk.age(name)
  const reporter = createReporter(options(redis.url, name))
  await until('nothing is left on disk', () => disk.folders(name).length === 0)
  return (await reporter.close()).spool
}

// These and most that follow wait most of their time for processes, each with a set of its own.
describe.concurrent.each([0, 1])('with poolSize %i', poolSize => {
  it('a process that never saw Redis leaves its records to the next one', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const name = `never-${poolSize}`
    const away = `redis://127.0.0.1:${await freePort()}`
    const ended = await run(`
      const reporter = createReporter(${JSON.stringify(options(away, name, { poolSize }))})
      for (let n = 0; n < 1234; n++) reporter.record({ n })
      const { sent, spooled, queued, dropped } = await reporter.close()
      console.log(JSON.stringify([sent, spooled, queued, dropped.closed]))`)
    expect(JSON.parse(ended.output)).toEqual([0, 1234, 0, 0])
    expect(ended.errors).toContain('wait on disk')
    const spool = await adopt(redis, name)
    expect(spool).toMatchObject({ adopted: 1234, corrupt: 0, expired: 0 })
    const { records } = await readSet(redis.url, name)
    expect(records.map(record => record['n'])).toEqual(Array.from({ length: 1234 }, (_, n) => n))
  })

  it.for(['fine', 'far away', 'silent', 'away'] as const)(
    'SIGKILL with mode always while Redis is %s loses nothing older than a flush interval',
    async (state, ctx) => {
      const redis = await shared.orSkip(ctx.skip)
      const proxy = await startProxy(redis.port)
      const name = `killed-${state}-${poolSize}`
      const ledger = join(disk.dir, `${name}.ledger`)
      const spool = { mode: 'always', dir: disk.dir } as const
      const url = `redis://127.0.0.1:${proxy.port}`
      const { child, ended } = start(
        keepsRecording(options(url, name, { poolSize, spool, flushInterval: FLUSH_MS }), ledger),
      )
      await until('records flow', () => accepted(ledger).length > 1000)
      if (state === 'far away') proxy.latency('toClient', ROUND_TRIP_MS)
      if (state === 'silent') proxy.silence('toClient')
      if (state === 'away') proxy.refuse()
      if (state === 'away') proxy.cut()
      const before = accepted(ledger).length
      await until(
        'more records flow',
        () => accepted(ledger).length > before + (state === 'far away' ? 20_000 : 10_000),
      )
      const killedAtMs = Date.now()
      child.kill('SIGKILL')
      await ended
      proxy.heal()
      await adopt(redis, name)
      await proxy.close()
      const arrived = (await readSet(redis.url, name)).records.map(record => Number(record['n']))
      expect(arrived).toEqual([...new Set(arrived)].sort((a, b) => a - b))
      const there = new Set(arrived)
      const lost = accepted(ledger).filter(({ n }) => !there.has(n))
      expect(accepted(ledger).length).toBeGreaterThan(11_000)
      expect(lost.filter(({ atMs }) => atMs < killedAtMs - FLUSH_MS - SLACK_MS)).toEqual([])
    },
  )
})

it.concurrent.for([5, -5])(
  'what a process left whose clock was wrong by %i hours is adopted at once, none of it too old',
  async (hours, ctx) => {
    const redis = await shared.orSkip(ctx.skip)
    const name = `clock${hours}`
    const away = `redis://127.0.0.1:${await freePort()}`
    const wrongClock = `
    const Right = Date
    const byMs = ${hours * 3_600_000}
    globalThis.Date = class extends Right {
      constructor(...given) { given.length === 0 ? super(Right.now() + byMs) : super(...given) }
      static now() { return Right.now() + byMs }
    }`
    const program = start(
      `const reporter = createReporter({ ...${JSON.stringify(options(away, name, { poolSize: 0 }))}, onWarning: () => undefined })
    for (let n = 0; n < 500; n++) reporter.record({ n })
    setInterval(() => {}, 1000)`,
      ['--import', `data:text/javascript,${encodeURIComponent(wrongClock)}`],
    )
    const isOff = (): boolean => {
      const folder = join(disk.dir, name, disk.folders(name)[0] ?? '')
      return Math.abs(statSync(folder).mtimeMs - Date.now()) > 3_600_000
    }
    await until('its folder has its time', () => disk.files(name).length > 0 && isOff())
    program.child.kill('SIGKILL')
    await program.ended
    const reporter = createReporter({ ...options(redis.url, name), spool: { dir: disk.dir, maxAge: '1d' } })
    await until('nothing is left on disk', () => disk.folders(name).length === 0)
    expect((await reporter.close()).spool).toMatchObject({ adopted: 500, expired: 0, corrupt: 0 })
    expect((await readSet(redis.url, name)).records.map(record => record['n'])).toEqual(
      Array.from({ length: 500 }, (_, n) => n),
    )
  },
)

it.concurrent('what the set has already it takes for known: a kill between the push and the removal doubles nothing', async ctx => {
  const redis = await shared.orSkip(ctx.skip)
  const proxy = await startProxy(redis.port)
  const name = 'known'
  const url = `redis://127.0.0.1:${proxy.port}`
  const given = JSON.stringify(options(url, name, { spool: { mode: 'always', dir: disk.dir } }))
  const { child, ended, output } = start(`
    const reporter = createReporter({ ...${given}, onWarning: () => undefined })
    setInterval(() => console.log(reporter.stats().sent), 10)
    for (let n = 0; n < 100; n++) reporter.record({ n })
    process.stdin.once('data', () => { for (let n = 100; n < 150; n++) reporter.record({ n }) })`)
  await until('the first are acknowledged', () => output().includes('100\n'))
  proxy.silence('toClient')
  child.stdin?.write('go\n')
  // One frame more: it was on disk before it was pushed.
  await until(
    'the set has more than was acknowledged',
    async () => (await readSet(redis.url, name)).records.length === 150,
  )
  child.kill('SIGKILL')
  await ended
  expect(disk.files(name)).toHaveLength(1)
  await adopt(redis, name)
  await proxy.close()
  expect((await readSet(redis.url, name)).records).toHaveLength(150)
})

it.concurrent('two processes that start together share what many left, and never the same', async ctx => {
  const redis = await shared.orSkip(ctx.skip)
  const name = 'shared'
  const away = `redis://127.0.0.1:${await freePort()}`
  const left = JSON.stringify(options(away, name, { poolSize: 0 }))
  await run(`
    const reporters = Array.from({ length: 12 }, () => createReporter({ ...${left}, onWarning: () => undefined }))
    for (let n = 0; n < 6000; n++) reporters[n % 12].record({ n })
    await Promise.all(reporters.map(reporter => reporter.close({ timeout: '25s' })))`)
  expect(disk.folders(name)).toHaveLength(12)
  const adopting = `
    import { readdirSync } from 'node:fs'
    const reporter = createReporter(${JSON.stringify(options(redis.url, name))})
    while (readdirSync(${JSON.stringify(join(disk.dir, name))}).length > 0) {
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    await reporter.close()
    console.log(reporter.stats().spool.adopted)
    process.exit()`
  const both = await Promise.all([run(adopting), run(adopting)])
  const counts = both.map(({ output }) => Number.parseInt(output, 10))
  expect(counts[0]! + counts[1]!).toBe(6000)
  expect(disk.folders(name)).toEqual([])
  const numbers = (await readSet(redis.url, name)).records.map(record => Number(record['n']))
  expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 6000 }, (_, n) => n))
})

it.concurrent('a process that was frozen while another took its folder goes on: nothing is lost, nothing doubled', async ctx => {
  const redis = await shared.orSkip(ctx.skip)
  const proxy = await startProxy(redis.port)
  proxy.refuse()
  const name = 'frozen'
  const given = JSON.stringify(options(`redis://127.0.0.1:${proxy.port}`, name))
  const { child, ended, output } = start(`
    const reporter = createReporter({ ...${given}, onWarning: () => undefined })
    for (let n = 0; n < 500; n++) reporter.record({ n })
    setInterval(() => console.log(JSON.stringify(reporter.stats())), 20)
    process.stdin.once('data', async () => {
      for (let n = 500; n < 700; n++) reporter.record({ n })
      const timer = setInterval(async () => {
        if (reporter.stats().sent + reporter.stats().dropped.spool_damaged < 700) return
        clearInterval(timer)
        console.log('at last ' + JSON.stringify(await reporter.close({ timeout: '20s' })))
        process.exit()
      }, 10)
    })`)
  await until('all is on disk', () => output().includes('"spooled":500'))
  child.kill('SIGSTOP')
  expect(await adopt(redis, name)).toMatchObject({ adopted: 500 })
  proxy.heal()
  child.kill('SIGCONT')
  child.stdin?.write('go\n')
  await ended
  // It drained what it had itself, so its own account is right too.
  expect(JSON.parse(output().split('at last ')[1] ?? '')).toMatchObject({ sent: 700, dropped: { spool_damaged: 0 } })
  await adopt(redis, name)
  await proxy.close()
  const numbers = (await readSet(redis.url, name)).records.map(record => Number(record['n']))
  expect(numbers).toEqual(Array.from({ length: 700 }, (_, n) => n))
})

describe.concurrent('files that are not as they should be', () => {
  async function leave(name: string, records: number): Promise<string> {
    const away = `redis://127.0.0.1:${await freePort()}`
    const reporter = createReporter({ ...options(away, name), batchSize: 10, onWarning: () => undefined })
    for (let n = 0; n < records; n++) reporter.record({ n })
    await reporter.close()
    return disk.files(name)[0]!
  }

  it('cost what is damaged, counted, and go when the rest is in the set', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    appendFileSync(await leave('torn', 100), 'a torn end')
    expect(await adopt(redis, 'torn')).toMatchObject({ adopted: 100, corrupt: 1 })
    expect((await readSet(redis.url, 'torn')).records).toHaveLength(100)
  })

  it('that are too old are removed, and counted', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    await leave('old', 100)
    disk.age('old')
    await new Promise(resolve => setTimeout(resolve, 1_100))
    const reporter = createReporter(options(redis.url, 'old', { spool: { dir: disk.dir, maxAge: '1s' } }))
    await until('nothing is left on disk', () => disk.folders('old').length === 0)
    expect((await reporter.close()).spool).toMatchObject({ adopted: 0, expired: 100 })
    expect((await readSet(redis.url, 'old')).records).toHaveLength(0)
  })
})
