import { until } from '@pumphouse/testkit'
import { expect, test } from 'vitest'
import { folderAndSet } from './folder-and-set.ts'

const own = folderAndSet()

const pumps = `a: { type: ./lines.mjs, meta: { path: a.lines } }
  stuck: { type: ./lines.mjs, timeout: 1h, meta: { path: stuck.lines, mode: hanging } }`

function configure(retention: string): void {
  const rest =
    'purgeDelay: 50ms\nbatch: { maxAge: 50ms, maxRecords: 100 }\nhealth: { enabled: false }\nshutdownTimeout: 1s'
  own.folder.configure(
    `redis: { url: "${own.url}" }\nanalytics: { name: ${own.set.name}, lease: 2s${retention} }\n${rest}\npumps:\n  ${pumps}\n`,
  )
}

test('a retention by records lets go of what a stuck pump holds up, exactly, and says so once', async () => {
  configure(', retention: { maxRecords: 500 }')
  const daemon = own.folder.start('run')
  await own.set.push(300)
  await until('the first to be written', () => own.folder.written('a.lines').length === 300)
  expect(await own.set.status('stuck')).toMatchObject({ pending: 300, removed: 0, holds: true })
  await own.set.push(1200)
  await until('the set to be within it', async () => (await own.set.status('stuck')).pending <= 500)
  const stuck = await own.set.status('stuck')
  expect(stuck).toMatchObject({ pushed: 1500, delivered: 0, removed: 1500 - stuck.pending, holds: true })
  await until('the others to be settled', async () => (await own.set.status('a')).pending === 0)
  const a = await own.set.status('a')
  expect(a).toMatchObject({ pushed: 1500, delivered: 1500 - a.removed, holds: true })
  expect(await daemon.logged('records were removed by the retention before they were settled')).toMatchObject({
    pumps: { stuck: expect.any(Number) },
  })
  daemon.process.kill('SIGTERM')
  expect(await daemon.exitCode()).toBe(0)
  expect(await own.set.status('stuck')).toMatchObject({ removed: 1500 - stuck.pending, holds: true })
})

test('a retention by age lets go of what is older and of nothing younger, exactly', async () => {
  configure(', retention: { maxAge: 4s }')
  const daemon = own.folder.start('run')
  await own.set.push(300)
  const stuck = () => own.set.status('stuck')
  await until('the groups to be there', () => stuck().then(Boolean, () => false))
  expect(await stuck()).toMatchObject({ pending: 300, removed: 0, holds: true })
  await until('what is old to be gone', async () => (await stuck()).removed === 300)
  expect(await stuck()).toMatchObject({ pushed: 300, delivered: 0, pending: 0, holds: true })
  expect(await own.set.redis.xlen(`{${own.set.name}:0}:frames`)).toBe(0)
  const line = await daemon.logged('records were removed by the retention before they were settled')
  expect(line).toMatchObject({ pumps: { stuck: expect.any(Number) } })
  await own.set.push(100)
  const { oldestMs = 0, ...young } = await stuck()
  expect(oldestMs).toBeLessThan(4_000)
  expect(young).toMatchObject({ pushed: 400, removed: 300, pending: 100, holds: true })
  const a = () => own.set.status('a')
  await until('the other to have settled everything', async () => (await a()).pending === 0)
  const { delivered, removed } = await a()
  expect([delivered + removed, own.folder.written('a.lines').length]).toEqual([400, delivered])
  daemon.process.kill('SIGTERM')
  expect(await daemon.exitCode()).toBe(0)
})

test('without a retention nothing goes', async () => {
  configure('')
  const daemon = own.folder.start('run')
  await own.set.push(1500)
  await until('all to be written', () => own.folder.written('a.lines').length === 1500)
  expect(await own.set.status('stuck')).toMatchObject({ pending: 1500, removed: 0, holds: true })
  expect(daemon.messages()).not.toContain('records were removed by the retention before they were settled')
})
