/** How `pumphouse run` ends: in time, whatever targets and Redis do, and with the counts as its last word. */
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { sharedServer, startProxy, startRedis, until } from '@pumphouse/testkit'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { createDaemonFolder, type DaemonFolder, type RunningCommand } from './daemon-command.ts'
import { createTestSet } from './test-set.ts'

const shared = sharedServer(startRedis)
afterAll(() => shared.stop())
let folder: DaemonFolder
beforeEach(() => {
  folder = createDaemonFolder()
})
afterEach(() => folder.remove())

const pump = (name: string, mode: string) =>
  `${name}: { type: ./lines.mjs, timeout: 1h, meta: { path: ${name}.lines, mode: ${mode} } }`
const yaml = ({ url, set, pumps, more }: { url: string; set: string; pumps: string; more: string }) =>
  `redis: { url: "${url}" }\nanalytics: { name: ${set}, lease: 2s }\npurgeDelay: 50ms\nbatch: { maxAge: 50ms }\nhealth: { port: 0 }\n${more}\npumps:\n  ${pumps}\n`

/** What a busy machine may need beyond the timeout to fire timers and write a line. */
const STOP_SLACK_MS = 300

/** By the daemon's own clock: how long a busy machine takes to end a process is no matter of the daemon. */
function stopTookMs(daemon: RunningCommand): number {
  const timeOf = (message: string) => Date.parse(String(daemon.log().find(({ msg }) => msg === message)?.['time']))
  return timeOf('stopped') - timeOf('stopping')
}

test('stops within shutdownTimeout though a target hangs, and hands its records back', async ctx => {
  const redis = await shared.orSkip(ctx.skip)
  const set = await createTestSet(redis.url)
  await set.push(100)
  const pumps = pump('a', 'hanging')
  folder.configure(yaml({ url: redis.url, set: set.name, pumps, more: 'shutdownTimeout: 2s' }))
  const daemon = folder.start('run')
  await until('a batch to be under way', async () => (await set.status('a')).leasedFrames === 1)
  daemon.process.kill('SIGTERM')
  expect(await daemon.exitCode()).toBe(0)
  expect(stopTookMs(daemon)).toBeLessThan(2000 + STOP_SLACK_MS)
  expect(daemon.log().at(-1)).toMatchObject({ msg: 'stopped', pumps: { a: { delivered: 0, released: 1 } } })
  expect(await set.status('a')).toMatchObject({ pending: 100, holds: true })
  set.close()
})

test.for(['answers', 'answers nothing', 'is away'] as const)(
  'stops within shutdownTimeout though targets hang in write and in close, one cannot start, and Redis %s',
  async (redisDoes, ctx) => {
    const redis = await shared.orSkip(reason => ctx.skip(reason))
    const set = await createTestSet(redis.url)
    const proxy = await startProxy(redis.port)
    await set.push(100)
    const mongo = 'away: { type: mongo, timeout: 1h, meta: { url: "mongodb://127.0.0.1:1/db", collection: c } }'
    const pumps = [pump('hanging', 'hanging'), pump('stuck', 'stuck'), pump('failing', 'failing'), mongo].join('\n  ')
    folder.configure(
      yaml({ url: `redis://127.0.0.1:${proxy.port}`, set: set.name, pumps, more: 'shutdownTimeout: 3s' }),
    )
    const daemon = folder.start('run')
    const begun = (name: string) => existsSync(join(folder.path, `${name}.lines.begun`))
    await until('both writes to be under way', () => begun('hanging') && begun('stuck'))
    const { health } = await daemon.logged('pumphouse runs')
    // Somebody has the health checks open and asks no whole question.
    const open = connect(Number(new URL(String(health)).port), '127.0.0.1', () => open.write('GET /livez HTTP/1.1\r\n'))
    open.on('error', () => undefined)
    if (redisDoes === 'answers nothing') {
      proxy.silence('toClient')
      proxy.silence('toServer')
    }
    if (redisDoes === 'is away') proxy.refuse()
    daemon.process.kill('SIGTERM')
    expect(await daemon.exitCode()).toBe(0)
    expect(stopTookMs(daemon)).toBeLessThan(3000 + STOP_SLACK_MS)
    expect(daemon.log().at(-1)).toMatchObject({ msg: 'stopped', pumps: { hanging: { delivered: 0 } } })
    open.destroy()
    await proxy.close()
    set.close()
  },
)

test('is ended at once by a second signal', async ctx => {
  const redis = await shared.orSkip(ctx.skip)
  const set = await createTestSet(redis.url)
  await set.push(100)
  const pumps = pump('a', 'hanging')
  folder.configure(yaml({ url: redis.url, set: set.name, pumps, more: 'shutdownTimeout: 1h' }))
  const daemon = folder.start('run')
  await until('a write to be under way', () => existsSync(join(folder.path, 'a.lines.begun')))
  daemon.process.kill('SIGTERM')
  await daemon.logged('stopping')
  daemon.process.kill('SIGINT')
  expect(await daemon.exitCode()).toBe(1)
  set.close()
})
