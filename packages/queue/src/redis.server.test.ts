import { createServer } from 'node:net'
import { type RunningServer, sharedServer, startProxy, startRedis, until } from '@pumphouse/testkit'
import type { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest'
import { connected } from '../test/scratch-set.ts'
import { connectRedis, type RedisOptions } from './redis.ts'

async function server(ctx: TestContext, ...args: string[]): Promise<RunningServer> {
  const redis = await sharedServer(() => startRedis(args)).orSkip(ctx.skip)
  ctx.onTestFinished(() => redis.stop())
  return redis
}

/** A client that writes down what it is told. */
function watched(options: RedisOptions): { redis: Redis; said: string[]; errors: Error[] } {
  const said: string[] = []
  const errors: Error[] = []
  const redis = connectRedis(options, 'watched client', {
    onUp: () => said.push('up'),
    onDown: error => {
      said.push('down')
      errors.push(error)
    },
  })
  onTestFinished(() => redis.disconnect())
  return { redis, said, errors }
}

describe('connectRedis', () => {
  it('says once that Redis is away, and goes on by itself when it is back', async ctx => {
    const real = await server(ctx)
    const { redis, said, errors } = watched({ url: real.url })
    await until('up', () => said.length === 1)
    await real.kill()
    await until('down', () => said.length === 2)
    let attempts = 0
    redis.on('reconnecting', () => attempts++)
    await until('three attempts', () => attempts >= 3)
    await real.restart()
    await until('up again', () => said.length > 2)
    expect(said).toEqual(['up', 'down', 'up'])
    expect(await redis.ping()).toBe('PONG')
    expect(errors[0]).toMatchObject({ code: 'PH_REDIS_AWAY' })
  })

  it('says so when Redis is away at the start, with where it looked', async () => {
    const { redis, said, errors } = watched({ url: 'redis://:topsecret@127.0.0.1:1' })
    await until('down', () => said.length)
    expect(said).toEqual(['down'])
    expect(errors[0]?.message).toContain('127.0.0.1:1')
    expect(redis.status).not.toBe('end')
  })

  it('fails commands at once while there is no connection', async () => {
    const { redis, said } = watched({ url: 'redis://127.0.0.1:1' })
    await until('down', () => said.length)
    const startedAt = performance.now()
    await expect(redis.ping()).rejects.toThrow()
    expect(performance.now() - startedAt).toBeLessThan(100)
  })

  it('gives a connection up that answers nothing, fails what was waiting, and connects anew', async ctx => {
    const real = await server(ctx)
    const { redis, said, errors } = watched({ url: real.url, commandTimeoutMs: 200 })
    await until('up', () => said.length === 1)
    await real.freeze()
    const startedAt = performance.now()
    await expect(redis.ping()).rejects.toThrow()
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(190)
    expect(performance.now() - startedAt).toBeLessThan(2000)
    await until('down', () => said.length === 2)
    expect(errors[0]?.message).toBe('no answer from Redis for 200 ms')
    real.thaw()
    await until('up again', () => said.length > 2)
    expect(said).toEqual(['up', 'down', 'up'])
  })

  it('gives a server up that accepts the connection and never speaks', async () => {
    const mute = createServer(socket => socket.on('error', () => undefined))
    const port = await new Promise<number>(resolve => {
      mute.listen(0, '127.0.0.1', () => resolve((mute.address() as { port: number }).port))
    })
    onTestFinished(() => void mute.close())
    const { redis, errors } = watched({ url: `redis://127.0.0.1:${port}`, commandTimeoutMs: 100 })
    await until('down', () => errors.length)
    expect(errors[0]?.message).toContain('no answer')
    redis.disconnect()
  })

  it('keeps a connection that is slow but moves, however long the last command waits', async ctx => {
    const real = await server(ctx)
    const { redis, said } = watched({ url: real.url, commandTimeoutMs: 400 })
    await until('up', () => said.length === 1)
    const startedAt = performance.now()
    // Redis blocks on each in turn, so an answer comes every 100 ms.
    await Promise.all(Array.from({ length: 8 }, () => redis.blpop('nothing', 0.1)))
    expect(performance.now() - startedAt).toBeGreaterThan(750)
    expect(said).toEqual(['up'])
  })

  it('leaves an idle connection alone', async ctx => {
    const real = await server(ctx)
    const { redis, said } = watched({ url: real.url, commandTimeoutMs: 500 })
    await until('up', () => said.length === 1)
    const client = await redis.client('ID')
    const untilMs = performance.now() + 2_000
    await until('four timeouts have passed', () => performance.now() > untilMs)
    expect(await redis.client('ID')).toBe(client)
  })

  it('does not send a command again whose connection was lost', async ctx => {
    const real = await server(ctx)
    const proxy = await startProxy(real.port)
    ctx.onTestFinished(() => proxy.close())
    const { redis, said } = watched({ url: `redis://127.0.0.1:${proxy.port}` })
    const direct = await connected({ url: real.url })
    ctx.onTestFinished(() => direct.disconnect())
    await until('up', () => said.length === 1)
    proxy.silence('toClient')
    const outcome = expect(redis.incr('n')).rejects.toThrow()
    await until('it ran', async () => (await direct.get('n')) === '1')
    proxy.cut()
    proxy.heal()
    await outcome
    await until('up again', () => said.length === 3)
    expect(await redis.get('n')).toBe('1')
  })

  it('keeps the password out of what it says, and goes on when the password becomes right', async ctx => {
    const real = await server(ctx, '--requirepass', 'right')
    const { said, errors } = watched({ url: real.url, password: 'wrong-secret' })
    await until('down', () => said.length)
    expect(errors[0]?.message).toContain('WRONGPASS')
    expect(JSON.stringify(errors[0], Object.getOwnPropertyNames(errors[0]))).not.toContain('wrong-secret')
    const admin = await connected({ url: real.url, password: 'right' })
    ctx.onTestFinished(() => admin.disconnect())
    await admin.config('SET', 'requirepass', 'wrong-secret')
    await until('up', () => said.length === 2)
    expect(said).toEqual(['down', 'up'])
  })

  it('takes user, password and database from the URL and shows its name', async ctx => {
    const real = await server(ctx)
    const admin = await connected({ url: real.url })
    ctx.onTestFinished(() => admin.disconnect())
    await admin.acl('SETUSER', 'ann', 'on', '>p@ss', '~*', '+@all')
    const { redis, said } = watched({ url: `redis://ann:p%40ss@127.0.0.1:${real.port}/3` })
    await until('up', () => said.length)
    const info = String(await redis.client('INFO'))
    expect(info).toContain('name=watched-client')
    expect(info).toContain('db=3')
    expect(info).toContain('user=ann')
  })

  it('looks for the new master when its own became a replica', async ctx => {
    const real = await server(ctx)
    const { redis, said } = watched({ url: real.url })
    await until('up', () => said.length === 1)
    await redis.replicaof('127.0.0.1', 1)
    const before = await redis.client('ID')
    await expect(redis.set('a', 1)).rejects.toThrow('READONLY')
    await until('a new connection', async () => said.length === 3 && (await redis.client('ID')) !== before)
  })

  it('says nothing about a close the caller asked for', async ctx => {
    const real = await server(ctx)
    const { redis, said } = watched({ url: real.url })
    await until('up', () => said.length === 1)
    await redis.quit()
    await until('end', () => redis.status === 'end')
    expect(said).toEqual(['up'])
  })
})
