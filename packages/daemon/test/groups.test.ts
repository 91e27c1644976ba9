import { until } from '@pumphouse/testkit'
import { expect, test } from 'vitest'
import type { DaemonFolder } from './daemon-command.ts'
import { folderAndSet } from './folder-and-set.ts'
import { ascending, numbers } from './test-pipeline.ts'

const own = folderAndSet()

const pump = (name: string, more = '') => `${name}: { type: ./lines.mjs, meta: { path: ${name}.lines }${more} }`
function configure(grace: string, ...pumps: string[]): void {
  const analytics = `{ name: ${own.set.name}, lease: 2s, grace: ${grace} }`
  // Two daemons here have had their pumps from one file at different times.
  const rest = 'purgeDelay: 50ms\nbatch: { maxAge: 50ms }\nhealth: { enabled: false }\nwatch: false'
  own.folder.configure(
    `redis: { url: "${own.url}" }\nanalytics: ${analytics}\n${rest}\npumps:\n  ${pumps.join('\n  ')}\n`,
  )
}
const written = (name: string, count: number) =>
  until(`${name} to have ${count} records`, () => own.folder.written(`${name}.lines`).length === count)
async function stop(daemon: ReturnType<DaemonFolder['start']>): Promise<void> {
  daemon.process.kill('SIGTERM')
  expect(await daemon.exitCode()).toBe(0)
}
async function status(...args: string[]): Promise<string> {
  const command = own.folder.start('status', ...args)
  expect(await command.exitCode()).toBe(0)
  return command.stdout()
}

test('a pump that is disabled and comes back within its grace time goes on where it was', async () => {
  configure('1h', pump('a'), pump('b'))
  const daemon = own.folder.start('run')
  await own.set.push(100)
  await Promise.all([written('a', 100), written('b', 100)])
  configure('1h', pump('a'), pump('b', ', enabled: false'))
  daemon.process.kill('SIGHUP')
  await daemon.logged('the file was read again')
  await own.set.push(50)
  await written('a', 150)
  expect(await status()).toMatch(/\nb is not wanted here; its share is kept for \d+\.\d min more\n/)
  expect(JSON.parse(await status('--json')).pumps.b.leavesInMs).toBeGreaterThan(3_000_000)
  expect(await own.set.status('b')).toMatchObject({ pushed: 150, delivered: 100, pending: 50, holds: true })
  configure('1h', pump('a'), pump('b'))
  daemon.process.kill('SIGHUP')
  await written('b', 150)
  await stop(daemon)
  expect(await own.set.status('b')).toMatchObject({ pushed: 150, delivered: 150, holds: true })
})

test('the share of a pump nobody wants is let go after its grace time, with a line that says how much', async () => {
  configure('1s', pump('a'), pump('b'))
  const first = own.folder.start('run')
  await own.set.push(100)
  await Promise.all([written('a', 100), written('b', 100)])
  await stop(first)
  configure('1s', pump('a'))
  await own.set.push(70)
  const second = own.folder.start('run')
  const line = await second.logged('nobody wanted this pump for its grace time: its share was let go')
  expect(line).toMatchObject({ pump: 'b', records: 70 })
  await written('a', 170)
  await until('the set to be empty', async () => (await own.set.redis.xlen(`{${own.set.name}:0}:frames`)) === 0)
  expect(await own.set.redis.hget(`{${own.set.name}:0}:counters`, 'letGo')).toBe('70')
  await expect(own.set.status('b')).rejects.toThrow('no group')
  expect(second.messages().filter(message => message.startsWith('nobody wanted'))).toHaveLength(1)
  await stop(second)
})

test('a pump that is renamed is two: the old name keeps its share for the grace time, the new one starts as startAt says', async () => {
  const failing = pump('old').replace('.lines }', '.lines, mode: failing }')
  configure('1h', pump('a'), failing)
  const daemon = own.folder.start('run')
  await own.set.push(100)
  await written('a', 100)
  await daemon.logged('pumphouse runs')
  configure('1h', pump('a'), pump('renamed'))
  daemon.process.kill('SIGHUP')
  expect(await daemon.logged('the file was read again')).toMatchObject({ started: ['renamed'], stopped: ['old'] })
  // The backlog that the old name holds is there for the new one.
  await written('renamed', 100)
  await own.set.push(50)
  await Promise.all([written('a', 150), written('renamed', 150)])
  expect(await own.set.status('old')).toMatchObject({ pushed: 150, delivered: 0, pending: 150, holds: true })
  expect(await status()).toMatch(/\nold is not wanted here; its share is kept for \d+\.\d min more\n/)
  await until('all is counted', async () => (await own.set.status('renamed')).delivered === 150)
  await stop(daemon)
  expect(await own.set.status('renamed')).toMatchObject({ pushed: 150, delivered: 150, pending: 0, holds: true })
})

test('a pump with startAt: now, new to a set with a backlog, gets what comes from then on and nothing else', async () => {
  const failing = pump('behind').replace('.lines }', '.lines, mode: failing }')
  configure('1h', failing)
  const daemon = own.folder.start('run')
  await own.set.push(100)
  await until('a backlog to be there', () =>
    own.set.status('behind').then(
      ({ pending }) => pending === 100,
      () => false,
    ),
  )
  await daemon.logged('pumphouse runs')
  configure('1h', failing, pump('late', ', startAt: now'), pump('early'))
  daemon.process.kill('SIGHUP')
  await daemon.logged('the file was read again')
  await written('early', 100)
  await until('its group to be there', () => own.set.status('late').then(Boolean, () => false))
  await own.set.push(50)
  await Promise.all([written('late', 50), written('early', 150)])
  expect(ascending(own.folder.written('late.lines'))).toEqual(numbers(150).slice(100))
  await until('all is counted', async () => (await own.set.status('late')).delivered === 50)
  await stop(daemon)
  expect(await own.set.status('late')).toMatchObject({ pushed: 50, delivered: 50, pending: 0, holds: true })
  expect(await own.set.status('behind')).toMatchObject({ pushed: 150, pending: 150, holds: true })
})

test('a paused pump keeps its share beyond any grace time, even one that never ran', async () => {
  configure('1s', pump('a'), pump('b', ', paused: true'))
  const daemon = own.folder.start('run')
  await until('the group to be there', () => own.set.status('b').then(Boolean, () => false))
  await own.set.push(100)
  await written('a', 100)
  const startedAt = Date.now()
  await until('its grace time to be over twice', () => Date.now() - startedAt > 2_000)
  expect(own.folder.written('b.lines')).toEqual([])
  expect(await status()).toContain('\nb is paused\n')
  expect(await own.set.status('b')).toMatchObject({ pushed: 100, pending: 100, holds: true })
  configure('1s', pump('a'), pump('b'))
  daemon.process.kill('SIGHUP')
  await written('b', 100)
  await stop(daemon)
})

test('what vanishes from Redis while a pump sleeps is made again and said with numbers: its counters, and everything', async () => {
  configure('2s', pump('a', ', purgeDelay: 1h'), pump('b', ', paused: true'))
  await own.set.push(10)
  const daemon = own.folder.start('run')
  await written('a', 10)
  await until('all is counted', async () => (await own.set.status('a')).delivered === 10)
  await until('the paused one is there', () => own.set.status('b').then(Boolean, () => false))
  const said = (message: string) => daemon.log().filter(({ msg }) => msg === message)
  await own.set.redis.del(`{${own.set.name}:0}:counters`)
  const account = 'the account had vanished from Redis and was begun anew with what is pending'
  await until('both accounts are spoken of', () => said(account).length === 2)
  expect(said(account)).toMatchObject([
    { pump: 'a', partition: 0, delivered: 10, filtered: 0, deadLettered: 0, framesInFlight: 0, pending: 0 },
    { pump: 'b', partition: 0, pending: 10 },
  ])
  expect(await status()).toMatch(
    /\nthe account of b had been deleted from Redis; it began anew \d+\.\d s ago with what was pending\n/,
  )
  await own.set.redis.del(`{${own.set.name}:0}:counters`, `{${own.set.name}:0}:frames`)
  const group = 'the group had vanished from Redis and was created again'
  await until('both groups are spoken of', () => said(group).length === 2)
  expect(said(group)).toMatchObject([{ pump: 'a', delivered: 0, pending: 0 }, { pump: 'b' }])
  await stop(daemon)
})

test('two daemons with different pumps leave each other alone', async () => {
  configure('1s', pump('a'))
  const first = own.folder.start('run')
  await first.logged('pumphouse runs')
  configure('1s', pump('b'))
  const second = own.folder.start('run')
  await second.logged('pumphouse runs')
  const startedAt = Date.now()
  await until('the grace time to be over twice', () => Date.now() - startedAt > 2_000)
  await own.set.push(100)
  await Promise.all([written('a', 100), written('b', 100)])
  await Promise.all([stop(first), stop(second)])
  for (const name of ['a', 'b']) expect(await own.set.status(name)).toMatchObject({ delivered: 100, holds: true })
})
