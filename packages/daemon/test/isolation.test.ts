import { createProducer } from '@pumphouse/queue'
import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { createDaemonFolder, type DaemonFolder } from './daemon-command.ts'
import { numbers } from './test-pipeline.ts'
import { createTestSet, frameBytes } from './test-set.ts'

const server = sharedServer(startRedis)
afterAll(() => server.stop())
let folder: DaemonFolder
beforeEach(() => {
  folder = createDaemonFolder()
})
afterEach(() => folder.remove())

const RECORDS = 20_000

test('pumps that fail or hang and bytes that are no frame harm no other pump, and every account is exact', async ctx => {
  const { url } = await server.orSkip(ctx.skip)
  const set = await createTestSet(url)
  const fields = (n: number): object => ({ statusCode: n % 2 === 0 ? 200 : 500, request: 'body' })
  await set.push(RECORDS / 2, { fields })
  const producer = createProducer(set.redis, { name: set.name, partitions: 1, lane: 'damaged' })
  const cut = frameBytes([{ n: -1 }, { n: -2 }, { n: -3 }]).subarray(0, -9)
  await producer.push([
    { sequence: 1, count: 3, bytes: cut },
    { sequence: 2, count: 2, bytes: Buffer.from('no frame at all') },
  ])
  await set.push(RECORDS / 2, { fields })

  folder.configure(`
redis: { url: "${url}" }
analytics: { name: ${set.name}, lease: 2s }
purgeDelay: 50ms
timeout: 100ms
batch: { maxAge: 50ms }
retry: { initial: 10ms, max: 50ms }
health: { enabled: false }
pumps:
  sound: { type: ./lines.mjs, meta: { path: sound.lines } }
  narrow: { type: ./lines.mjs, filters: { include: { statusCode: [2xx] } }, omitDetailedRecording: true, meta: { path: narrow.lines } }
  failing: { type: ./lines.mjs, meta: { path: failing.lines, mode: failing } }
  hanging: { type: ./lines.mjs, meta: { path: hanging.lines, mode: hanging } }
`)
  const daemon = folder.start('run', '-c', 'pump.yaml')
  const done = async (pump: string): Promise<boolean> => (await set.status(pump)).pending === 0
  await until('the sound ones are done', async () => (await done('sound')) && (await done('narrow')), 60_000)
  daemon.process.kill('SIGTERM')
  expect(await daemon.exitCode()).toBe(0)

  const all = numbers(RECORDS)
  expect(folder.written('sound.lines')).toEqual(all)
  expect(folder.written('narrow.lines')).toEqual(all.filter(n => n % 2 === 0))
  const pushed = RECORDS + 5
  const half = RECORDS / 2
  const account = { pushed, deadLettered: 5, pending: 0, leasedFrames: 0, holds: true }
  expect(await set.status('sound')).toMatchObject({ ...account, delivered: RECORDS, filtered: 0 })
  expect(await set.status('narrow')).toMatchObject({ ...account, delivered: half, filtered: half })
  for (const pump of ['failing', 'hanging']) {
    expect(await set.status(pump)).toMatchObject({ pushed, delivered: 0, leasedFrames: 0, holds: true })
  }
  const quarantined = (await set.deadLetters()).filter(({ pump }) => String(pump) === 'sound')
  expect(quarantined.map(({ body }) => body)).toEqual([Buffer.from(cut), Buffer.from('no frame at all')])
  expect(quarantined.map(({ records }) => String(records))).toEqual(['3', '2'])
  set.close()
})
