import { readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createDaemonFolder, type DaemonFolder } from './daemon-command.ts'
import { createTestSet } from './test-set.ts'

const shared = sharedServer(startRedis)
afterAll(() => shared.stop())
const folders: DaemonFolder[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove()
})

/** With `more` pumps beside `a`, and its folder `prepared`. */
async function startDaemon(
  url: string,
  set: string,
  mode: string,
  env: Record<string, string> = {},
  more = '',
  prepare: (path: string) => void = () => undefined,
) {
  const folder = createDaemonFolder(env)
  folders.push(folder)
  prepare(folder.path)
  const pump = `{ type: ./lines.mjs, meta: { path: a.lines, mode: ${mode} } }`
  folder.configure(
    `redis: { url: "${url}" }\nanalytics: { name: ${set} }\npurgeDelay: 50ms\nbatch: { maxAge: 50ms }\nhealth: { port: 0, path: /health }\npumps: { a: ${pump}${more} }\n`,
  )
  const daemon = folder.start('run')
  const { health } = await daemon.logged('pumphouse runs')
  const ask = async (path: string) => {
    const reply = await fetch(`${health}${path}`)
    const body = (await reply.json()) as {
      status: string
      redis: Record<string, unknown>
      pumps: Record<string, object>
    }
    return { code: reply.status, body }
  }
  return { daemon, folder, ask }
}

test('a daemon that works is ok, with the state of every component', async ctx => {
  const redis = await shared.orSkip(ctx.skip)
  const set = await createTestSet(redis.url)
  await set.push(10)
  const { ask } = await startDaemon(redis.url, set.name, 'well')
  await until('the records to be delivered', async () => {
    const { code, body } = await ask('/health')
    return code === 200 && body.status === 'ok' && (body.pumps['a'] as { delivered: number }).delivered === 10
  })
  expect((await ask('/health')).body.redis).toEqual({ status: 'ok', pingMs: expect.any(Number) })
  expect((await ask('/livez')).code).toBe(200)
  expect((await ask('/readyz')).code).toBe(200)
  expect((await ask('/healthz')).code).toBe(404)
  set.close()
})

test('a pump that fails makes it degraded, still 200: its records are safe', async ctx => {
  const redis = await shared.orSkip(ctx.skip)
  const set = await createTestSet(redis.url)
  await set.push(10)
  const { ask } = await startDaemon(redis.url, set.name, 'failing')
  const report = await until('the failure to be seen', async () => {
    const { code, body } = await ask('/health')
    return body.status === 'degraded' && { code, body }
  })
  expect(report).toMatchObject({
    code: 200,
    body: { pumps: { a: { status: 'degraded', lastError: 'target says no' } } },
  })
  set.close()
})

test('a Redis that hangs is told within a second, and forgotten when it answers again', async ctx => {
  await shared.orSkip(ctx.skip)
  const redis = await startRedis()
  const { ask } = await startDaemon(redis.url, 'frozen', 'well')
  await until('the daemon to be well', async () => (await ask('/health')).code === 200)
  await redis.freeze()
  // A busy machine may be elsewhere during one question; a check that waits for Redis does so each time.
  const took: number[] = []
  for (let time = 0; time < 3; time++) {
    const askedAt = performance.now()
    expect(await ask('/health')).toMatchObject({
      code: 503,
      body: { status: 'unhealthy', redis: { status: 'unhealthy' } },
    })
    took.push(performance.now() - askedAt)
  }
  expect(Math.min(...took)).toBeLessThan(1500)
  expect((await ask('/livez')).code).toBe(200)
  redis.thaw()
  await until('the daemon to be well again', async () => (await ask('/health')).code === 200)
  await redis.stop()
})

test('a file that cannot be written ends no daemon: health says its path, what was found and what was expected, and its records wait', async ctx => {
  const redis = await shared.orSkip(ctx.skip)
  const set = await createTestSet(redis.url)
  await set.push(10)
  const disk = '{ type: file, retry: { initial: 10ms, max: 50ms }, meta: { path: ./place/records.jsonl } }'
  const { daemon, folder, ask } = await startDaemon(redis.url, set.name, 'well', {}, `, disk: ${disk}`, path =>
    writeFileSync(join(path, 'place'), ''),
  )
  const path = join(realpathSync(folder.path), 'place/records.jsonl')
  const report = await until('the failure to be seen', async () => {
    const { code, body } = await ask('/health')
    return body.status === 'degraded' ? { code, disk: body.pumps['disk'] } : undefined
  })
  const found = /: (a file is in the place of its folder|a part of its path is not a folder) \((EEXIST|ENOTDIR)\)/
  const { lastError } = report.disk as { lastError: string }
  expect(lastError).toMatch(found)
  expect(lastError).toContain(`cannot write ${path}`)
  expect(lastError).toContain('; expected a file that this process may write, or make')
  expect(report).toMatchObject({ code: 200, disk: { state: 'failing' } })
  await until('the other to have delivered', () => folder.written('a.lines').length === 10)
  expect(await set.status('disk')).toMatchObject({ pending: 10, holds: true })
  rmSync(join(folder.path, 'place'))
  await until('it to be written', async () => (await set.status('disk')).delivered === 10)
  await until('all to be well', async () => (await ask('/health')).body.status === 'ok')
  expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(10)
  expect(daemon.process.exitCode).toBe(null)
  set.close()
})

test('no secret is in what it says or logs', async ctx => {
  await shared.orSkip(ctx.skip)
  const redis = await startRedis(['--requirepass', 'hunter2'])
  const { daemon, ask } = await startDaemon(redis.url, 'secret', 'well', { PUMPHOUSE_REDIS_PASSWORD: 'hunter2wrong' })
  const { code, body } = await ask('/health')
  expect(code).toBe(503)
  expect(JSON.stringify(body)).not.toContain('hunter2')
  await daemon.logged('redis is away; records wait, trying on')
  daemon.process.kill('SIGTERM')
  await daemon.exitCode()
  expect(daemon.stderr()).not.toContain('hunter2')
  await redis.stop()
})
