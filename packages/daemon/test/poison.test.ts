import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { createDaemonFolder, type DaemonFolder } from './daemon-command.ts'
import { createTestSet, type TestSet } from './test-set.ts'

const shared = sharedServer(startRedis)
afterAll(() => shared.stop())
let folder: DaemonFolder
let set: TestSet
let url: string
beforeEach(async ctx => {
  url = (await shared.orSkip(reason => ctx.skip(reason))).url
  folder = createDaemonFolder()
  set = await createTestSet(url)
})
afterEach(() => {
  folder?.remove()
  set?.close()
})

/** Ends the process when a record says so; else writes. */
const DEADLY_PUMP = `import { appendFileSync } from 'node:fs'
export const pump = {
  type: 'deadly', summary: 'For tests.', idempotent: false, options: {},
  create: () => ({
    async write(batch) {
      if (batch.some(({ deadly }) => deadly)) process.kill(process.pid, 'SIGKILL')
      appendFileSync('written.lines', batch.map(({ n }) => n + '\\n').join(''))
    },
    async close() {},
  }),
}`

function configure(maxDeliveries: number): void {
  writeFileSync(join(folder.path, 'deadly.mjs'), DEADLY_PUMP)
  const analytics = `{ name: ${set.name}, lease: 200ms, maxDeliveries: ${maxDeliveries} }`
  const rest = 'purgeDelay: 50ms\nbatch: { maxAge: 50ms }\nhealth: { enabled: false }'
  folder.configure(`redis: { url: "${url}" }\nanalytics: ${analytics}\n${rest}\npumps: { a: { type: ./deadly.mjs } }\n`)
}

/** Starts daemons, one after the other, until one of them settles everything. Returns how many ended. */
async function runUntilSettled(): Promise<number> {
  for (let ended = 0; ; ended++) {
    const daemon = folder.start('run')
    const alive = daemon.exitCode().then(() => false)
    const settled = until('all records to be settled', async () => (await set.status('a')).pending === 0, 20_000)
    if (await Promise.race([alive, settled.then(() => true)])) {
      daemon.process.kill('SIGTERM')
      await daemon.exitCode()
      return ended
    }
    settled.catch(() => {})
  }
}

test('a frame that ends its daemon again and again is quarantined alone: those beside it are delivered', async () => {
  configure(4)
  await set.push(200, { perFrame: 10, fields: n => (n === 105 ? { deadly: true } : {}) })
  expect(await runUntilSettled()).toBe(4)
  expect(await set.status('a')).toMatchObject({ pushed: 200, delivered: 190, deadLettered: 10, holds: true })
  const letters = await set.deadLetters()
  expect(letters.map(({ kind, reason, attempts, records }) => [kind, reason, attempts, records].map(String))).toEqual([
    ['frame', 'poison', '5', '10'],
  ])
  const others = Array.from({ length: 200 }, (_, n) => n).filter(n => n < 100 || n >= 110)
  expect([...new Set(folder.written('written.lines'))].sort((a, b) => a - b)).toEqual(others)
})

test('frames are handed out any number of times when there is no bound', async () => {
  configure(0)
  await set.push(20, { perFrame: 10 })
  const group = (name: string) => set.redis.xgroup('CREATE', `{${set.name}:0}:frames`, name, '0')
  await group('a')
  await set.redis.hset(`{${set.name}:0}:counters`, 'a/base', 0)
  for (let i = 0; i < 2; i++)
    await set.redis.xreadgroup('GROUP', 'a', 'gone', 'COUNT', 1, 'STREAMS', `{${set.name}:0}:frames`, '>')
  const [[id]] = (await set.redis.xpending(`{${set.name}:0}:frames`, 'a', '-', '+', 1)) as [[string]]
  await set.redis.xclaim(`{${set.name}:0}:frames`, 'a', 'gone', 0, id, 'RETRYCOUNT', 50, 'IDLE', 60_000)
  expect(await runUntilSettled()).toBe(0)
  expect(await set.status('a')).toMatchObject({ delivered: 20, deadLettered: 0, holds: true })
})
