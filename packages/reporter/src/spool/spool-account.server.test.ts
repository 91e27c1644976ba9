/** What the set knows of a process that was killed: how many records it had made, those included that never got into a frame. */

import { mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectRedis, type ProducerStatus, readProducers } from '@pumphouse/queue'
import { freePort, sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { start } from '../../test/program.ts'
import { readSet } from '../../test/read-set.ts'
import { accepted, keepsRecording } from '../../test/recording-program.ts'
import { spoolFiles } from '../../test/spool-files.ts'
import { createReporter } from '../reporter.ts'

const shared = sharedServer(startRedis)
const disk = spoolFiles()
afterAll(async () => {
  disk.remove()
  await shared.stop()
})

const FLUSH_MS = 3_000
/** As noting.ts. */
const NOTE_MS = 100
/** A note or a frame must get from its timer to the worker and to the disk, on a machine that runs other tests too. */
const SLACK_MS = 1_500
/** What the program records between two lines of its ledger. */
const UNWRITTEN = 20
const KILLS = process.env['PUMPHOUSE_TEST_SOAK_MS'] ? 20 : 3
const ONE_KILL_MS = 30_000

/** The next process of the application takes over what the last one left; then the set is asked for its producers. */
async function adopted(url: string, name: string): Promise<readonly ProducerStatus[]> {
  disk.age(name)
  const reporter = createReporter({ service: 's', redis: url, analytics: { name }, spool: { dir: disk.dir } })
  await until('nothing is left on disk', () => disk.folders(name).length === 0, 20_000)
  await reporter.close()
  const redis = connectRedis({ url }, 'test')
  try {
    await until('a connection', () => redis.status === 'ready')
    return (await readProducers(redis, { name, partitions: 1 })).producers
  } finally {
    redis.disconnect()
  }
}

describe.each([
  [0, 'fine'],
  [1, 'fine'],
  [1, 'away'],
] as const)('with poolSize %i and Redis %s', (poolSize, state) => {
  it('each SIGKILL with mode always loses what is younger than a flush interval, and the set knows how many', {
    timeout: KILLS * ONE_KILL_MS,
  }, async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const name = `accounted-${poolSize}-${state}`
    const ledgers = mkdtempSync(join(disk.dir, 'ledgers-'))
    const url = state === 'fine' ? redis.url : `redis://127.0.0.1:${await freePort()}`
    const options = { service: 's', redis: url, analytics: { name }, poolSize, batchSize: 10_000 }
    const known = new Set<string>()
    let [lost, reported] = [0, 0]
    for (let kill = 0; kill < KILLS; kill++) {
      const ledger = join(ledgers, String(kill))
      const spool = { mode: 'always', dir: disk.dir } as const
      const { child, ended } = start(keepsRecording({ ...options, spool, flushInterval: FLUSH_MS }, ledger))
      await until('records flow', () => accepted(ledger).length > 4_000, ONE_KILL_MS)
      // On a busy machine its worker thread may be up much later.
      await until('it is noted on disk', () => disk.notes(name).length > 0, ONE_KILL_MS)
      // Anywhere in a flush interval.
      await sleep(Math.random() * FLUSH_MS)
      const killedAtMs = Date.now()
      child.kill('SIGKILL')
      await ended
      const producer = (await adopted(redis.url, name)).find(({ instance }) => !known.has(instance))
      const made = accepted(ledger)
      const madeBefore = (ms: number): number => made.filter(({ atMs }) => atMs < killedAtMs - ms).length
      expect(producer?.received).toBeGreaterThanOrEqual(madeBefore(FLUSH_MS + SLACK_MS))
      const { instance, received, unaccounted, created } = producer!
      expect(received + unaccounted).toBe(created)
      expect(created).toBeGreaterThanOrEqual(madeBefore(NOTE_MS + SLACK_MS))
      expect(created).toBeLessThanOrEqual(made.length + UNWRITTEN)
      known.add(instance)
      lost += Math.max(0, made.length - received)
      reported += unaccounted
    }
    // A kill just after a flush loses next to nothing; not each of them is that lucky.
    expect(reported).toBeGreaterThan(0)
    expect(reported).toBeGreaterThan(lost - KILLS * (madeIn(NOTE_MS + SLACK_MS) + UNWRITTEN))
  })
})

/** More than the program records in so many milliseconds. */
function madeIn(ms: number): number {
  return ms * (UNWRITTEN / 5)
}

it('a process that is killed before its first frame is known by what it had made', async ctx => {
  const redis = await shared.orSkip(ctx.skip)
  const name = 'unframed'
  const options = { service: 's', redis: redis.url, analytics: { name }, spool: { mode: 'always', dir: disk.dir } }
  const { child, ended } = start(
    `const reporter = createReporter({ ...${JSON.stringify(options)}, flushInterval: '1h' })
    for (let n = 0; n < 70; n++) reporter.record({ n })
    setInterval(() => undefined, 1000)`,
  )
  await until('its note is there', () => disk.notes(name).some(note => statSync(note).size > 0))
  child.kill('SIGKILL')
  await ended
  expect(await adopted(redis.url, name)).toMatchObject([{ created: 70, received: 0, unaccounted: 70 }])
  expect((await readSet(redis.url, name)).records).toEqual([])
})

it('a note that was cut in two by the kill is removed, and the frames say what they know', async ctx => {
  const redis = await shared.orSkip(ctx.skip)
  const name = 'cut'
  const options = { service: 's', analytics: { name }, spool: { mode: 'always', dir: disk.dir } }
  const { child, ended } = start(
    `const reporter = createReporter({ ...${JSON.stringify({ ...options, redis: 'redis://127.0.0.1:1' })}, onWarning: () => undefined, flushInterval: 300 })
    for (let n = 0; n < 70; n++) reporter.record({ n })
    setInterval(() => undefined, 1000)`,
  )
  await until('note and frame are there', () => disk.notes(name).length === 1 && disk.sizes(name) > 0)
  child.kill('SIGKILL')
  await ended
  writeFileSync(disk.notes(name)[0]!, 'cut')
  expect(await adopted(redis.url, name)).toMatchObject([{ created: 70, received: 70, unaccounted: 0 }])
})
