import { createServer } from 'node:net'
import { join } from 'node:path'
import { createProducer } from '@pumphouse/queue'
import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDaemonFolder, type DaemonFolder } from './daemon-command.ts'
import { createTestSet, packedCounts, pushedTotal } from './test-set.ts'

const shared = sharedServer(startRedis)
afterAll(() => shared.stop())
let folder: DaemonFolder
beforeEach(() => {
  folder = createDaemonFolder()
})
afterEach(() => folder.remove())

interface Choice {
  url: string
  set?: string
  pumps?: string
  more?: string
}
const yaml = ({
  url,
  set = 'unused',
  pumps = 'a: { type: ./lines.mjs, meta: { path: a.lines } }',
  more = '',
}: Choice) =>
  `redis: { url: "${url}" }\nanalytics: { name: ${set}, lease: 2s }\npurgeDelay: 50ms\nbatch: { maxAge: 50ms }\nhealth: { port: 0 }\n${more}\npumps:\n  ${pumps}\n`

describe('run', () => {
  test('delivers, stops on SIGTERM with exit 0, and its last line carries the counts', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const set = await createTestSet(redis.url)
    await set.push(250)
    folder.configure(yaml({ url: redis.url, set: set.name }))
    const daemon = folder.start('run', '-c', 'pump.yaml')
    await until('all records to be written', () => folder.written('a.lines').length === 250)
    daemon.process.kill('SIGTERM')
    expect(await daemon.exitCode()).toBe(0)
    expect(daemon.log().at(-1)).toMatchObject({ msg: 'stopped', pumps: { a: { delivered: 250, released: 0 } } })
    expect(await set.status('a')).toMatchObject({ pushed: 250, delivered: 250, pending: 0, holds: true })
    expect(daemon.stdout()).toBe('')
    set.close()
  })

  test('removes from Redis what every pump has finished', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const set = await createTestSet(redis.url)
    await set.push(250)
    folder.configure(yaml({ url: redis.url, set: set.name }))
    folder.start('run')
    await until('the set to be empty', async () => (await set.redis.xlen(`{${set.name}:0}:frames`)) === 0)
    expect((await set.status('a')).delivered).toBe(250)
    set.close()
  })

  test('keeps the share of a pump that cannot start or write while another delivers', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const set = await createTestSet(redis.url)
    await set.push(100)
    const good = 'good: { type: ./lines.mjs, meta: { path: good.lines } }'
    const bad = 'bad: { type: ./lines.mjs, meta: { path: bad.lines, mode: failing } }'
    const leaking = 'leaking: { type: ./lines.mjs, meta: { path: leaking.lines, mode: leaking } }'
    folder.configure(yaml({ url: redis.url, set: set.name, pumps: `${good}\n  ${bad}\n  ${leaking}` }))
    const daemon = folder.start('run')
    await until(
      'both to be written',
      () => folder.written('good.lines').length + folder.written('leaking.lines').length === 200,
    )
    await daemon.logged('a rejection that nobody handled; going on')
    expect(await set.status('bad')).toMatchObject({ pushed: 100, delivered: 0, pending: 100, holds: true })
    expect(await set.redis.xlen(`{${set.name}:0}:frames`)).toBe(1)
    set.close()
  })

  test('starts with Redis away, says so once, and goes on by itself when it comes', async ctx => {
    await shared.orSkip(ctx.skip)
    const redis = await startRedis()
    await redis.kill()
    folder.configure(yaml({ url: redis.url, set: 'late' }))
    const daemon = folder.start('run')
    await daemon.logged('redis is away; records wait, trying on')
    const { health } = await daemon.logged('pumphouse runs')
    expect((await fetch(`${health}/readyz`)).status).toBe(503)
    expect((await fetch(`${health}/livez`)).status).toBe(200)
    const away = await fetch(`${health}/healthz`)
    expect([away.status, await away.json()]).toMatchObject([
      503,
      { status: 'unhealthy', redis: { status: 'unhealthy' } },
    ])

    await redis.restart()
    await daemon.logged('redis is reached')
    const set = await createTestSet(redis.url, { name: 'late' })
    await set.push(10)
    await until('the records to be written', () => folder.written('a.lines').length === 10)
    expect((await fetch(`${health}/readyz`)).status).toBe(200)
    daemon.process.kill('SIGTERM')
    expect(await daemon.exitCode()).toBe(0)
    // The whole log: nobody but the connection speaks of it, and nobody of its client's options.
    expect(daemon.messages()).toEqual([
      'redis is away; records wait, trying on',
      'pumphouse runs',
      'redis is reached',
      'stopping',
      'stopped',
    ])
    expect(daemon.stderr()).not.toMatch(/writeable|OfflineQueue|retries/)
    set.close()
    await redis.stop()
  })

  test('reads the file again on SIGHUP: a new pump starts, a disabled one stops, an invalid file changes nothing', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const set = await createTestSet(redis.url)
    await set.push(10)
    const pump = (name: string) => `${name}: { type: ./lines.mjs, meta: { path: ${name}.lines } }`
    folder.configure(yaml({ url: redis.url, set: set.name, pumps: pump('a') }))
    const daemon = folder.start('run')
    await until('the first to write', () => folder.written('a.lines').length === 10)

    folder.configure(yaml({ url: redis.url, set: set.name, pumps: 'a: { type: nothing-like-it }' }))
    daemon.process.kill('SIGHUP')
    await daemon.logged('the file is invalid; the configuration stays as it is')
    await set.push(10)
    await until('the first to go on', () => folder.written('a.lines').length === 20)

    folder.configure(yaml({ url: redis.url, set: set.name, pumps: pump('b'), more: 'log: { level: debug }' }))
    daemon.process.kill('SIGHUP')
    expect(await daemon.logged('the file was read again')).toMatchObject({
      started: ['b'],
      stopped: ['a'],
      restarted: [],
    })
    expect(await daemon.logged('these sections differ and need a new process')).toMatchObject({ sections: ['log'] })
    await set.push(10)
    await until('the second to write', () => folder.written('b.lines').includes(29))
    expect(folder.written('a.lines')).toHaveLength(20)
    daemon.process.kill('SIGTERM')
    await daemon.exitCode()
    expect(daemon.log().at(-1)).toMatchObject({ pumps: { a: { delivered: 20 }, b: { delivered: expect.any(Number) } } })
    set.close()
  })
})

describe('exit codes', () => {
  test('78 for a configuration that cannot be used: every problem in a line, no stack trace', async () => {
    folder.configure('purgeDealy: 1s\nhealth: { port: "x" }\npumps: { a: { type: nothing-like-it } }\n')
    for (const command of ['run', 'validate', 'status']) {
      const running = folder.start(command, '-c', 'pump.yaml')
      expect(await running.exitCode()).toBe(78)
      const lines = running.stderr().trimEnd().split('\n')
      expect(lines[0]).toBe('pump.yaml: 3 problems')
      expect(lines).toHaveLength(4)
      expect(running.stderr()).not.toMatch(/^\s+at /m)
    }
  })

  test('0 for a valid one, which names what is enabled', async () => {
    folder.configure(
      'pumps:\n  a: { type: ./lines.mjs, meta: { path: x } }\n  b: { type: ./lines.mjs, meta: { path: x }, enabled: false }\n',
    )
    const running = folder.start('validate', '-c', join(folder.path, 'pump.yaml'))
    expect(await running.exitCode()).toBe(0)
    expect(running.stdout()).toMatch(/valid; enabled: a \(lines\)\n$/)
  })

  test('1 for a port in use, which is named with the option to change', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const server = createServer().listen(0, '127.0.0.1')
    await until('the port to be taken', () => server.listening)
    const { port } = server.address() as { port: number }
    folder.configure(yaml({ url: redis.url }).replace('port: 0', `port: ${port}`))
    const running = folder.start('run')
    expect(await running.exitCode()).toBe(1)
    expect(running.stderr()).toMatch(
      new RegExp(`^pumphouse: health checks on 127.0.0.1:${port}: the port is in use .*health\\.port`, 'm'),
    )
    expect(running.stderr()).not.toMatch(/^\s+at /m)
    server.close()
  })

  test('64 for a command line that cannot be understood', async () => {
    const running = folder.start('rnu')
    expect(await running.exitCode()).toBe(64)
    expect(running.stderr()).toContain('did you mean "run"?')
  })

  test('status: 0 with the account as JSON, 1 when Redis is away', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const set = await createTestSet(redis.url)
    await set.push(20)
    folder.configure(yaml({ url: redis.url, set: set.name }))
    const daemon = folder.start('run')
    await until('all to be written', async () => (await set.status('a').catch(() => undefined))?.delivered === 20)
    const asked = folder.start('status', '--json')
    expect(await asked.exitCode()).toBe(0)
    const account = { pushed: 20, delivered: 20, filtered: 0, deadLettered: 0, removed: 0, pending: 0, holds: true }
    const producers = [{ service: '', lanes: 1, received: 20, missingFrames: 0 }]
    expect(JSON.parse(asked.stdout())).toMatchObject({ pumps: { a: account }, producers, earlierProducers: [] })
    daemon.process.kill('SIGTERM')
    await daemon.exitCode()

    folder.configure(yaml({ url: 'redis://app:hunter2@127.0.0.1:1', set: set.name }))
    const failed = folder.start('status')
    expect(await failed.exitCode()).toBe(1)
    expect(failed.stderr()).toContain('cannot be asked')
    expect(failed.stderr()).not.toContain('hunter2')
    set.close()
  })

  test('status: a gap in the sequence of a producer is reported, and is no reason to fail', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const set = await createTestSet(redis.url)
    folder.configure(yaml({ url: redis.url, set: set.name }))
    const producer = createProducer(set.redis, { name: set.name, partitions: 1, lane: 'web-1' })
    const counters = { created: 30, sampledOut: 0, dropped: { buffer_full: 5 }, spooled: 0, altered: {} }
    const frames = [1, 4].map(sequence => ({ sequence, count: 10, bytes: new Uint8Array(20) }))
    await producer.push(frames, { service: 'orders', instance: 'web', counters })
    const asked = folder.start('status')
    expect(await asked.exitCode()).toBe(0)
    expect(asked.stdout()).toMatch(/^orders +1 +30 +0 +5 +20 +5 +2$/m)
    expect(asked.stdout()).toContain('orders web: 2 frames never came')
    set.close()
  })

  test('status: 1 when records are not accounted for', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const set = await createTestSet(redis.url)
    await set.push(20)
    folder.configure(yaml({ url: redis.url, set: set.name }))
    const daemon = folder.start('run')
    await until('all to be written', async () => (await set.status('a').catch(() => undefined))?.delivered === 20)
    daemon.process.kill('SIGTERM')
    await daemon.exitCode()
    const counters = `{${set.name}:0}:counters`
    await set.redis.hset(counters, 'totals', packedCounts((await pushedTotal(set.redis, counters)) + 5, 1_000, 1))
    const asked = folder.start('status')
    expect(await asked.exitCode()).toBe(1)
    expect(asked.stdout()).toMatch(/^a .* NO$/m)
    set.close()
  })
})
