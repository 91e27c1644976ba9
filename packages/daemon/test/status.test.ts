import { createGroup, dropDeadLetters, keepGroups, listDeadLetters } from '@pumphouse/queue'
import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, expect, test } from 'vitest'
import { createDaemonFolder } from './daemon-command.ts'
import { createTestSet } from './test-set.ts'

const shared = sharedServer(startRedis)
afterAll(() => shared.stop())

test('status --json says of the whole set what the table says: dead letters kept, removed by their bound, dropped and deleted by hand, and what was let go', async ctx => {
  const { url } = await shared.orSkip(reason => ctx.skip(reason))
  const folder = createDaemonFolder()
  const set = await createTestSet(url)
  folder.configure(
    `redis: { url: "${url}" }\nanalytics: { name: ${set.name} }\npumps: { a: { type: ./lines.mjs, meta: { path: a } } }`,
  )
  const group = createGroup(set.redis, { name: set.name, partition: 0, pump: 'a', consumer: 'c', maxDeadLetters: 5 })
  const gone = createGroup(set.redis, { name: set.name, partition: 0, pump: 'gone', consumer: 'c' })
  for (const each of [group, gone]) await each.ensure('backlog')
  await set.push(7, { perFrame: 7 })
  const letter = { kind: 'record', reason: 'refused', message: 'no', attempts: 1, body: new Uint8Array(1) } as const
  const [frame] = await group.read({ maxFrames: 1, maxBytes: 1e6 })
  const deadLetters = Array.from({ length: 7 }, () => letter)
  await group.settle([{ id: frame?.id ?? '', delivered: 0, filtered: 0, deadLettered: 7, deadLetters }])
  const one = { name: set.name, partitions: 1 }
  const { letters } = await listDeadLetters(set.redis, one, {}, 1)
  await dropDeadLetters(
    set.redis,
    one,
    letters.map(({ id }) => id),
  )
  const [byHand] = (await listDeadLetters(set.redis, one, {}, 1)).letters
  await set.redis.xdel(`{${set.name}:0}:dead`, byHand?.id.split('/')[1] ?? '')
  await until('the share of the other to be let go', async () => {
    const [unwanted] = await keepGroups(set.redis, { name: set.name, partition: 0 }, ['a'], 1)
    return unwanted?.dropped
  })
  const asked = folder.start('status', '--json', '--partitions')
  expect(await asked.exitCode()).toBe(0)
  const letterTerms = { deadLetters: 3, deadLettersRemoved: 2, deadLettersDropped: 1, deadLettersVanished: 1 }
  const terms = { pushed: 7, frames: 1, ...letterTerms, letGo: 7 }
  const { set: whole, partitions } = JSON.parse(asked.stdout())
  expect(whole).toEqual(terms)
  expect(partitions).toMatchObject([{ set: terms }])
  const table = folder.start('status')
  await table.exitCode()
  expect(table.stdout()).toContain(
    '3 dead letters kept, 2 removed by their bound, 1 dropped, 1 deleted from Redis by hand, 7 records let go',
  )
  folder.remove()
  set.close()
})

test('status --partitions --rate says what each partition holds, and how fast a pump is just now', async ctx => {
  const { url } = await shared.orSkip(reason => ctx.skip(reason))
  const folder = createDaemonFolder()
  const set = await createTestSet(url, { partitions: 2 })
  folder.configure(
    `redis: { url: "${url}" }
analytics: { name: ${set.name}, partitions: 2 }
purgeDelay: 0
batch: { maxRecords: 1, maxAge: 10ms }
health: { enabled: false }
pumps: { a: { type: ./lines.mjs, meta: { path: a.lines, mode: slow } } }`,
  )
  await set.push(400, { perFrame: 2 })
  const daemon = folder.start('run')
  await until('it to deliver', () => folder.written('a.lines').length > 5)
  const asked = folder.start('status', '--partitions', '--rate', '--json')
  expect(await asked.exitCode()).toBe(0)
  const { pumps, partitions } = JSON.parse(asked.stdout())
  expect(pumps.a).toMatchObject({ pushed: 400, holds: true })
  // 20 ms a record: never more than 50, with some room for what is settled together.
  expect(pumps.a.perSecond).toBeGreaterThan(0)
  expect(pumps.a.perSecond).toBeLessThan(100)
  const shares = partitions.map((partition: typeof partitions) => partition.pumps.a)
  expect(shares).toMatchObject([{ holds: true }, { holds: true }])
  expect(shares[0].pushed + shares[1].pushed).toBe(400)
  expect(shares[0].pushed).toBeGreaterThan(0)
  daemon.process.kill('SIGTERM')
  await daemon.exitCode()

  const table = folder.start('status', '--partitions')
  expect(await table.exitCode()).toBe(0)
  expect(table.stdout()).toMatch(/\na +400 .*\n {2}partition 0 .*\n {2}partition 1 /)
  folder.remove()
  set.close()
})
