import { afterAll, describe, expect, it } from 'vitest'
import { connected, frame, scratchSets } from '../test/scratch-set.ts'
import { createProducer } from './producer.ts'
import { RedisError } from './redis-error.ts'

const sets = scratchSets()
afterAll(() => sets.close())

describe('scripts', () => {
  it('survive SCRIPT FLUSH', async ctx => {
    const set = await sets.create(ctx.skip)
    const producer = set.producer()
    for (const sequence of [1, 2, 3]) {
      await set.redis.script('FLUSH')
      expect(await producer.push([frame(sequence, 1)])).toMatchObject({ accepted: 1, duplicates: 0 })
    }
    expect((await set.status()).frames).toBe(3)
  })

  it('are sent by hash once Redis knows them', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.push(1)
    const calls = async () => {
      const stats = await set.redis.info('commandstats')
      return Number(/cmdstat_eval:calls=(\d+)/.exec(stats)?.[1] ?? 0)
    }
    const before = await calls()
    await set.push(1, 1)
    await set.push(1)
    expect(await calls()).toBe(before)
  })

  it('fail with the code of the reply and without their arguments', async ctx => {
    const set = await sets.create(ctx.skip)
    await set.redis.acl('SETUSER', 'reader', 'on', '>secret', '~*', '+@all', '-evalsha', '-eval')
    const redis = await connected({ url: set.url, username: 'reader', password: 'secret' })
    ctx.onTestFinished(() => redis.disconnect())
    const producer = createProducer(redis, { name: set.name, partitions: 1, lane: 'l' })
    const error = await producer.push([frame(1, 1)]).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(RedisError)
    expect(error).toMatchObject({ code: 'PH_REDIS_REPLY', reply: 'NOPERM' })
    expect(error).not.toHaveProperty('command')
  })
})
