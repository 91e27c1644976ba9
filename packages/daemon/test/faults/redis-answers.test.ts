/** What Redis itself can answer instead of doing what it was asked. A producer and a pipeline live through it. */
import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '@pumphouse/testkit'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import type { TestLog } from '../test-pipeline.ts'
import { redisScene } from './redis-scene.ts'

/** A further client of a scene's Redis, which hears of nothing. */
function otherClient(url: string): Redis {
  const client = new Redis(url, { enableReadyCheck: false, retryStrategy: () => 50, maxRetriesPerRequest: 0 })
  client.on('error', () => undefined)
  onTestFinished(() => client.disconnect())
  return client
}

/** What a new connection gets for one command, or nothing. */
function answerTo(port: number, command: string): Promise<string> {
  return new Promise(resolve => {
    const socket = createConnection({ port, host: '127.0.0.1' }, () => socket.write(`${command}\r\n`))
    socket.setTimeout(2_000, () => socket.destroy())
    socket.on('error', () => undefined)
    socket.on('data', reply => {
      socket.destroy()
      resolve(String(reply))
    })
    socket.on('close', () => resolve(''))
  })
}

const GROUP_VANISHED = 'the group had vanished from Redis and was created again'

/** The lines that say that something had vanished, each with its fields. */
function vanished({ lines, fields }: TestLog): Record<string, unknown>[] {
  return lines.flatMap((line, i) => (line.includes('vanished') ? [{ line, ...fields[i] }] : []))
}

test('OOM: pushes are refused and wait, draining goes on and frees memory', async ctx => {
  const { admin, pipeline, set, pushing, flows, stops, close } = await redisScene(ctx)
  await admin.config('SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '1')
  await stops()
  await until('the backlog is drained', async () => (await set.status('audit')).pending === 0)
  expect((await set.status('audit')).delivered).toBe(pushing.accepted)
  expect(pipeline.health().failures).toBe(0)
  await admin.config('SET', 'maxmemory', '0')
  await flows()
  await close()
})

test('READONLY: after a failover nothing is taken or settled, until there is a master again', async ctx => {
  const { admin, flows, stops, close, log } = await redisScene(ctx)
  // Of a master that nobody can reach: the data stay.
  await admin.replicaof('127.0.0.1', 1)
  await stops()
  await until('it is said', () => log.lines.includes('the set cannot be read'))
  await admin.replicaof('NO', 'ONE')
  await flows()
  expect(log.lines).toContain('the set is read again')
  await close()
})

test('LOADING: a Redis that reads its data back in is waited for', async ctx => {
  const slowly = ['--appendonly', 'yes', '--appendfsync', 'always', '--key-load-delay', '100']
  const { redis, admin, flows, close } = await redisScene(ctx, slowly)
  // Redis answers while it loads, but only once in about a thousand commands of its log.
  const filler = admin.pipeline()
  for (let i = 0; i < 20_000; i++) filler.set('filler', i)
  await filler.exec()
  let isBack = false
  const restarting = redis.restart().then(() => {
    isBack = true
  })
  const answers = new Set<string>()
  while (!isBack) {
    answers.add(await answerTo(redis.port, 'PING'))
    await sleep(10)
  }
  await restarting
  expect([...answers]).toContainEqual(expect.stringMatching(/^-LOADING/))
  await flows()
  await close()
})

test('BUSY: a script that hogs Redis holds everything up and breaks nothing', async ctx => {
  const { redis, admin, flows, stops, close } = await redisScene(ctx)
  await admin.config('SET', 'busy-reply-threshold', '50')
  const hog = otherClient(redis.url)
  const hogging = hog.eval('while true do end', 0).catch((error: Error) => error.message)
  await stops()
  await expect(otherClient(redis.url).get('key')).rejects.toThrow(/^BUSY/)
  await admin.script('KILL')
  expect(await hogging).toContain('killed')
  await flows()
  await close()
})

test('SCRIPT FLUSH: the scripts are sent again, and nobody notices', async ctx => {
  const { admin, flows, close, log } = await redisScene(ctx)
  for (let i = 0; i < 5; i++) {
    await admin.script('FLUSH')
    await flows(100)
  }
  expect(log.lines).toEqual([])
  await close()
})

test('a password that became wrong: said without it, and everything goes on when it is right', async ctx => {
  const { proxy, admin, flows, stops, close, log } = await redisScene(ctx)
  await admin.config('SET', 'requirepass', 'hunter2')
  proxy.cut()
  await stops()
  await until('it is said', () => log.lines.includes('the set cannot be read'))
  expect(log.lines.join()).not.toContain('hunter2')
  await admin.config('SET', 'requirepass', '')
  await flows()
  await close()
})

/** Puts a list in the place of a key, at a moment at which the key is there. */
async function putAside(admin: Redis, key: string): Promise<boolean> {
  const [renamed] = (await admin.multi().rename(key, `${key}:aside`).rpush(key, 'not', 'it').exec()) ?? []
  if (renamed?.[0] === null) return true
  await admin.del(key)
  return false
}

test('a key of the wrong type: nothing is taken, settled or counted by halves, and everything goes on when it is put right', async ctx => {
  const { set, admin, counters, flows, stops, close } = await redisScene(ctx)
  const [lanes, bytes] = [`{${set.name}:0}:lanes`, `{${set.name}:0}:bytes`]
  for (const key of [lanes, counters, bytes]) {
    await until(`${key} to be there`, () => putAside(admin, key))
    await stops()
    await admin.multi().del(key).rename(`${key}:aside`, key).exec()
    await flows()
  }
  await close()
})

test('the stream deleted by hand: the group is made again, which is said, and what comes afterwards is delivered and exact', async ctx => {
  const { set, admin, frames, pushing, pump, flows, log } = await redisScene(ctx)
  await admin.del(frames)
  await flows()
  expect(vanished(log)).toMatchObject([
    { line: GROUP_VANISHED, delivered: expect.any(Number), pending: expect.any(Number) },
  ])
  const from = pushing.accepted
  const accepted = await pushing.stop()
  await until('nothing is pending', async () => (await set.status('audit')).pending === 0)
  expect(await set.status('audit')).toMatchObject({ holds: true, leasedFrames: 0 })
  const got = new Set(pump.got)
  const after = Array.from({ length: accepted - from }, (_, i) => from + i)
  expect(after.filter(n => !got.has(n))).toEqual([])
})

test('the bytes deleted by hand in full flow: what was pending of them is dead-lettered and counted, and the rest is delivered', async ctx => {
  const { set, admin, pushing, pump, flows } = await redisScene(ctx)
  await until('some to be deleted before they are read', async () => {
    await admin.del(`{${set.name}:0}:bytes`)
    await flows(100)
    return (await set.deadLetters()).length > 0
  })
  const accepted = await pushing.stop()
  await until('nothing is pending', async () => (await set.status('audit')).pending === 0)
  const { delivered, deadLettered, holds } = await set.status('audit')
  expect([delivered + deadLettered, holds]).toEqual([accepted, true])
  expect(new Set(pump.got).size).toBe(delivered)
  const reasons = (await set.deadLetters()).map(letter => String(letter['message']))
  for (const reason of reasons) expect(reason).toContain('has no bytes')
})

test('the counters deleted by hand in full flow: the account begins anew with what is pending, which is said, and holds all the time', async ctx => {
  const { set, admin, counters, pushing, pump, flows, log } = await redisScene(ctx)
  for (let round = 1; round <= 3; round++) {
    await admin.del(counters)
    for (let looks = 0; looks < 20; looks++) {
      const account = await set.status('audit')
      expect(account).toMatchObject({ holds: true })
      expect(Math.min(account.pushed, account.pending, account.delivered)).toBeGreaterThanOrEqual(0)
    }
    await flows(200)
    await until('it is said', () => vanished(log).length === round)
  }
  const accepted = await pushing.stop()
  await until('nothing is pending', async () => (await set.status('audit')).pending === 0)
  expect(new Set(pump.got).size).toBe(accepted)
  const account = await set.status('audit')
  expect(account).toMatchObject({ pushed: account.delivered, leasedFrames: 0, holds: true })
  expect(account.sinceRebuiltMs).toBeGreaterThanOrEqual(0)
})

test('the lanes deleted by hand: the producer goes on where it was', async ctx => {
  const { set, admin, flows, close } = await redisScene(ctx)
  await admin.del(`{${set.name}:0}:lanes`)
  await flows()
  await close()
})

test('a restart with AOF always: nothing is lost, nothing counts twice', async ctx => {
  const { redis, flows, close } = await redisScene(ctx, ['--appendonly', 'yes', '--appendfsync', 'always'])
  for (let round = 0; round < 3; round++) {
    await redis.restart()
    await flows()
  }
  await close()
})

test('a restart empty: groups are made again, which is said, and what comes afterwards is delivered and exact', async ctx => {
  const { redis, set, pushing, pump, flows, log, pipeline } = await redisScene(ctx)
  await redis.restart()
  await flows()
  const [said, ...more] = vanished(log)
  expect(more).toEqual([])
  const numbers = ['delivered', 'filtered', 'deadLettered', 'framesInFlight', 'recordsInFlight', 'pending'] as const
  expect(said).toMatchObject({
    line: GROUP_VANISHED,
    ...Object.fromEntries(numbers.map(name => [name, expect.any(Number)])),
  })
  // What was delivered in all is what the line says and what the new account has.
  await until('the counts agree', async () => {
    const { delivered } = await set.status('audit')
    return pipeline.health().delivered === delivered + Number(said?.['delivered'])
  })
  const from = pushing.accepted
  await flows()
  const accepted = await pushing.stop()
  await until('nothing is pending', async () => (await set.status('audit')).pending === 0)
  expect(await set.status('audit')).toMatchObject({ holds: true, leasedFrames: 0 })
  const got = new Set(pump.got)
  const after = Array.from({ length: accepted - from }, (_, i) => from + i)
  expect(after.filter(n => !got.has(n))).toEqual([])
})
