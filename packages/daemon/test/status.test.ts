import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, expect, test } from 'vitest'
import { createDaemonFolder } from './daemon-command.ts'
import { createTestSet } from './test-set.ts'

const shared = sharedServer(startRedis)
afterAll(() => shared.stop())

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
