import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '@pumphouse/testkit'
import { expect, test } from 'vitest'
import { folderAndSet } from './folder-and-set.ts'

const own = folderAndSet()

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
  writeFileSync(join(own.folder.path, 'deadly.mjs'), DEADLY_PUMP)
  const analytics = `{ name: ${own.set.name}, lease: 200ms, maxDeliveries: ${maxDeliveries} }`
  const rest = 'purgeDelay: 50ms\nbatch: { maxAge: 50ms }\nhealth: { enabled: false }'
  own.folder.configure(
    `redis: { url: "${own.url}" }\nanalytics: ${analytics}\n${rest}\npumps: { a: { type: ./deadly.mjs } }\n`,
  )
}

/** Starts daemons, one after the other, until one of them settles everything. Returns how many ended. */
async function runUntilSettled(): Promise<number> {
  for (let ended = 0; ; ended++) {
    const daemon = own.folder.start('run')
    const alive = daemon.exitCode().then(() => false)
    const settled = until('all records to be settled', async () => (await own.set.status('a')).pending === 0, 60_000)
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
  await own.set.push(200, { perFrame: 10, fields: n => (n === 105 ? { deadly: true } : {}) })
  expect(await runUntilSettled()).toBe(4)
  expect(await own.set.status('a')).toMatchObject({ pushed: 200, delivered: 190, deadLettered: 10, holds: true })
  const letters = await own.set.deadLetters()
  expect(letters.map(({ kind, reason, attempts, records }) => [kind, reason, attempts, records].map(String))).toEqual([
    ['frame', 'poison', '5', '10'],
  ])
  const others = Array.from({ length: 200 }, (_, n) => n).filter(n => n < 100 || n >= 110)
  expect([...new Set(own.folder.written('written.lines'))].sort((a, b) => a - b)).toEqual(others)
})

test('frames are handed out any number of times when there is no bound', async () => {
  configure(0)
  await own.set.push(20, { perFrame: 10 })
  const group = (name: string) => own.set.redis.xgroup('CREATE', `{${own.set.name}:0}:frames`, name, '0')
  await group('a')
  await own.set.redis.hset(`{${own.set.name}:0}:counters`, 'a/base', 0)
  for (let i = 0; i < 2; i++)
    await own.set.redis.xreadgroup('GROUP', 'a', 'gone', 'COUNT', 1, 'STREAMS', `{${own.set.name}:0}:frames`, '>')
  const [[id]] = (await own.set.redis.xpending(`{${own.set.name}:0}:frames`, 'a', '-', '+', 1)) as [[string]]
  await own.set.redis.xclaim(`{${own.set.name}:0}:frames`, 'a', 'gone', 0, id, 'RETRYCOUNT', 50, 'IDLE', 60_000)
  expect(await runUntilSettled()).toBe(0)
  expect(await own.set.status('a')).toMatchObject({ delivered: 20, deadLettered: 0, holds: true })
})
