/** What comes from Redis is not trusted: whatever it is, it ends in a failed command and a new connection, not in the process. */
import { sharedServer, startProxy, startRedis, until } from '@pumphouse/testkit'
import { afterAll, describe, expect, it, type TestContext } from 'vitest'
import { connectRedis } from './redis.ts'

const server = sharedServer(startRedis)
afterAll(() => server.stop())

const MIB = 1024 * 1024
const NO_ANSWERS = [
  ['a list of more elements than there can be', '*99999999999\r\n'],
  ['a text of a type that does not exist', '?what\r\n'],
  ['a list that ends in a type that does not exist', '*3\r\n:1\r\n?\r\n'],
  ['lists in lists without end', '*1\r\n'.repeat(200_000)],
] as const

/** A client behind a proxy, up. */
async function behindProxy(ctx: TestContext, commandTimeoutMs = 10_000) {
  const { port } = await server.orSkip(ctx.skip)
  const proxy = await startProxy(port)
  const downs: Error[] = []
  let ups = 0
  const redis = connectRedis({ url: `redis://127.0.0.1:${proxy.port}`, commandTimeoutMs }, 'watched', {
    onUp: () => ups++,
    onDown: error => downs.push(error),
  })
  ctx.onTestFinished(async () => {
    redis.disconnect()
    await proxy.close()
  })
  await until('up', () => ups === 1)
  return { redis, proxy, downs, ups: () => ups }
}

describe('a reply', () => {
  it.for(NO_ANSWERS)('that is %s costs the connection and nothing else', async ([, bytes], ctx) => {
    const { redis, proxy, downs, ups } = await behindProxy(ctx)
    proxy.alter('toClient', () => Buffer.from(bytes))
    await expect(redis.ping()).rejects.toThrow()
    proxy.heal()
    await until('up again', () => ups() === 2)
    expect(downs).toHaveLength(1)
    expect(await redis.ping()).toBe('PONG')
  })

  it('that never ends is given up at its bound, however fast it comes', async ctx => {
    const { redis, proxy, ups } = await behindProxy(ctx)
    await redis.set('large', Buffer.alloc(MIB))
    // From now on everything is inside a text of a terabyte.
    let isFirst = true
    proxy.alter('toClient', chunk => {
      const head = isFirst ? '$1099511627776\r\n' : ''
      isFirst = false
      return Buffer.concat([Buffer.from(head), chunk])
    })
    const replies = Array.from({ length: 200 }, () => redis.getBuffer('large'))
    expect((await Promise.allSettled(replies)).every(({ status }) => status === 'rejected')).toBe(true)
    proxy.heal()
    await until('up again', () => ups() === 2)
    expect(await redis.ping()).toBe('PONG')
  })

  it('that never ends is given up after the command timeout, though others send and hear a little all the time', async ctx => {
    const { redis, proxy, downs, ups } = await behindProxy(ctx, 300)
    let isFirst = true
    proxy.alter('toClient', chunk => {
      if (isFirst) chunk = Buffer.concat([Buffer.from('$1048576\r\n'), chunk])
      isFirst = false
      return chunk
    })
    const probing = setInterval(() => redis.ping().catch(() => undefined), 50)
    ctx.onTestFinished(() => clearInterval(probing))
    await until('given up', () => downs.length === 1)
    proxy.heal()
    await until('up again', () => ups() >= 2)
  })
})

describe('a connection on which nothing arrives any more', () => {
  it('is given up though commands are sent on it all the time', async ctx => {
    const { redis, proxy, downs } = await behindProxy(ctx, 300)
    proxy.silence('toClient')
    const probing = setInterval(() => redis.ping().catch(() => undefined), 50)
    ctx.onTestFinished(() => clearInterval(probing))
    await until('given up', () => downs.length === 1)
    expect(downs[0]?.message).toContain('no answer from Redis for 300 ms')
  })

  it('is given up before it is ready too, though commands fail all the time for want of one', async ctx => {
    const { redis, proxy, ups } = await behindProxy(ctx, 300)
    let isFirst = true
    proxy.alter('toClient', chunk => {
      if (isFirst) chunk = Buffer.concat([Buffer.from('$1000\r\n'), chunk.subarray(0, 1)])
      isFirst = false
      return chunk
    })
    const probing = setInterval(() => redis.ping().catch(() => undefined), 50)
    ctx.onTestFinished(() => clearInterval(probing))
    proxy.cut()
    await until('up again', () => ups() === 2)
    expect(await redis.ping()).toBe('PONG')
  })
})
