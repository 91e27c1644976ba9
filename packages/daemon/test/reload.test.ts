import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '@pumphouse/testkit'
import { expect, test } from 'vitest'
import type { RunningCommand } from './daemon-command.ts'
import { folderAndSet } from './folder-and-set.ts'

const own = folderAndSet()

const yaml = (pumps: string, more = '') =>
  `redis: { url: "${own.url}" }\nanalytics: { name: ${own.set.name} }\npurgeDelay: 50ms\nbatch: { maxAge: 50ms }\nhealth: { port: 0 }\n${more}\npumps:\n  ${pumps}\n`
const pump = (name: string, more = '') => `${name}: { type: ./lines.mjs, meta: { path: ${name}.lines }${more} }`
const reloads = (daemon: RunningCommand) => daemon.log().filter(({ msg }) => msg === 'the file was read again')
const reloaded = (daemon: RunningCommand, times: number) =>
  until(`${times} reloads`, () => (reloads(daemon).length >= times ? reloads(daemon).at(-1) : undefined))
const written = (name: string, count: number) =>
  until(`${name} to have ${count} records`, () => own.folder.written(`${name}.lines`).length === count)
async function health(daemon: RunningCommand): Promise<{ status: string; config: Record<string, unknown> }> {
  const { health: address } = await daemon.logged('pumphouse runs')
  return (await (await fetch(`${address}/healthz`)).json()) as never
}

test('an edit is noticed by itself: what differs starts or stops, the rest runs on, and the log says what was changed', async () => {
  await own.set.push(10)
  own.folder.configure(yaml(`${pump('a')}\n  ${pump('b')}`))
  const daemon = own.folder.start('run')
  await Promise.all([written('a', 10), written('b', 10)])
  // As editors do: a file beside it, renamed over it.
  writeFileSync(
    join(own.folder.path, 'pump.yaml~'),
    yaml(`${pump('a')}\n  ${pump('b', ', timeout: 3s')}\n  ${pump('c')}`),
  )
  renameSync(join(own.folder.path, 'pump.yaml~'), join(own.folder.path, 'pump.yaml'))
  expect(await reloaded(daemon, 1)).toMatchObject({
    started: ['c'],
    stopped: [],
    restarted: ['b'],
    changes: ['pumps.c: new, ./lines.mjs', 'pumps.b.timeout: 10s → 3s'],
  })
  await own.set.push(10)
  await Promise.all([written('a', 20), written('b', 20)])
  own.folder.configure(yaml(`${pump('a')}\n  ${pump('b', ', timeout: 3s, enabled: false')}`))
  expect(await reloaded(daemon, 2)).toMatchObject({
    started: [],
    stopped: expect.toSatisfy((names: string[]) => names.toSorted().join() === 'b,c'),
    changes: ['pumps.c: gone', 'pumps.b.enabled: true → false'],
  })
})

test('an edit that cannot be used keeps what runs, and shows in log and health until it is mended', async () => {
  own.folder.configure(yaml(pump('a')))
  const daemon = own.folder.start('run')
  expect(await health(daemon)).toMatchObject({ config: { status: 'ok' } })
  const secret = '    token: hunter2'
  own.folder.configure(`${yaml(pump('a'))}  b: { type: mongo, meta: { url: "mongodb://u:hunter2@db" } }\n${secret}\n`)
  const { problems } = await daemon.logged('the file is invalid; the configuration stays as it is')
  expect(problems).toMatchObject([expect.stringMatching(/^line \d+: found /)])
  expect(await health(daemon)).toMatchObject({ status: 'degraded', config: { status: 'degraded', problems } })
  await own.set.push(10)
  await written('a', 10)
  own.folder.configure(yaml(pump('a'), 'log: { level: debug }'))
  await daemon.logged('these sections differ and need a new process')
  const mended = await health(daemon)
  expect(mended.config).toEqual({ status: 'ok', needNewProcess: ['log'] })
  expect(mended.status).toBe('ok')
  expect(daemon.stderr()).not.toContain('hunter2')
})

test('a secret file that is replaced is noticed, and never shown', async () => {
  const secret = join(own.folder.path, 'url')
  const target = (name: string) => `mongodb://u:hunter2@127.0.0.1:1/${name}?serverSelectionTimeoutMS=100`
  writeFileSync(secret, target('before'))
  own.folder.configure(yaml(`${pump('a')}\n  m: { type: mongo }`))
  const daemon = own.folder.startWith({ PUMPHOUSE_PUMPS_M_META_URL_FILE: secret }, 'run')
  await daemon.logged('pumphouse runs')
  writeFileSync(secret, target('after'))
  const line = await reloaded(daemon, 1)
  expect(line).toMatchObject({
    started: [],
    restarted: ['m'],
    changes: ['pumps.m.meta.url: another value (mongodb://***@127.0.0.1:1/***)'],
  })
  expect(daemon.stderr()).not.toContain('hunter2')
})

test('the code of a pump that was changed runs after SIGHUP, and other pumps do not notice', async () => {
  const code = join(own.folder.path, 'mine.mjs')
  const numbered = (offset: number) => `import { appendFileSync } from 'node:fs'
export const pump = {
  type: 'mine', summary: 'For this test.', idempotent: false, options: {},
  create: () => ({
    write: async batch => appendFileSync('mine.lines', batch.map(record => record.n + ${offset} + '\\n').join('')),
    async close() {},
  }),
}`
  writeFileSync(code, numbered(0))
  own.folder.configure(yaml(`${pump('a')}\n  mine: { type: ./mine.mjs }`))
  const daemon = own.folder.start('run')
  await own.set.push(10)
  await Promise.all([written('a', 10), written('mine', 10)])
  writeFileSync(code, numbered(1_000))
  daemon.process.kill('SIGHUP')
  expect(await reloaded(daemon, 1)).toMatchObject({ started: [], stopped: [], restarted: ['mine'] })
  await own.set.push(10)
  await written('mine', 20)
  expect(own.folder.written('mine.lines')).toEqual([
    ...Array.from({ length: 10 }, (_, n) => n),
    ...Array.from({ length: 10 }, (_, n) => 1_010 + n),
  ])
})

test('with watch: false only SIGHUP reads the file again', async () => {
  own.folder.configure(yaml(pump('a'), 'watch: false'))
  const daemon = own.folder.start('run')
  await daemon.logged('pumphouse runs')
  own.folder.configure(yaml(pump('b'), 'watch: false'))
  await own.set.push(10)
  await written('a', 10)
  expect(reloads(daemon)).toEqual([])
  daemon.process.kill('SIGHUP')
  expect(await reloaded(daemon, 1)).toMatchObject({ started: ['b'], stopped: ['a'] })
})
