/** Hono where there is no server of Node: on Bun and on Deno, with a worker thread and without; real clients, a real Redis. */
import { fileURLToPath } from 'node:url'
import { findRuntime, type RuntimeName, sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { startCommand } from '../../test/program.ts'
import { readSet } from '../../test/read-set.ts'

const redisServer = sharedServer(startRedis)
afterAll(() => redisServer.stop())

const PROGRAM = fileURLToPath(new URL('../../test/hono-elsewhere.mjs', import.meta.url))
const ORDERS = 50
const STREAM_BYTES = 5_000
/** What its pauses add up to at least. */
const STREAM_MS = 80

describe.each<RuntimeName>(['bun', 'deno'])('Hono on %s', name => {
  const runtime = sharedServer(() => findRuntime(name))

  it.for([1, 0])('records every request, poolSize %i', async (poolSize, ctx) => {
    const redis = await redisServer.orSkip(ctx.skip)
    const set = `${name}-${poolSize}`
    const { program, flags } = await runtime.orSkip(ctx.skip)
    const args = [...flags, PROGRAM, import.meta.resolve('hono'), redis.url, set, String(poolSize)]
    const { child, output, ended } = startCommand(program, args)
    ctx.onTestFinished(() => void child.kill('SIGKILL'))
    const base = `http://127.0.0.1:${await until('it listens', () => /port (\d+)/.exec(output())?.[1])}`
    const orders = Array.from({ length: ORDERS }, (_, id) => `/orders/${id}`)
    for (const path of orders) expect(await textOf(base + path)).toBe(`{"id":"${path.slice('/orders/'.length)}"}`)
    expect(await textOf(`${base}/failing`)).toBe('failed')
    await textOf(`${base}/nowhere`)
    expect(await textOf(`${base}/stream`)).toHaveLength(STREAM_BYTES)
    await leave(`${base}/endless`)

    const expected = [
      ...orders.map(path => ({ path, route: '/orders/:id', statusCode: 200, outcome: 'ok', method: 'GET' })),
      { path: '/failing', route: '/failing', statusCode: 500, outcome: 'error', errorName: 'TypeError' },
      { path: '/nowhere', statusCode: 404, outcome: 'ok' },
      { path: '/stream', statusCode: 200, outcome: 'ok' },
      { path: '/endless', statusCode: 200, outcome: 'stream_closed' },
    ]
    const recorded = async () => (await readSet(redis.url, set)).records
    await until('the client that left is recorded', async () => (await recorded()).length >= expected.length)
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 0, errors: expect.not.stringContaining('in worker') })
    const counted = JSON.parse(/counted (.*)/.exec(output())?.[1] ?? '{}')
    expect(counted).toMatchObject({ created: expected.length, sent: expected.length, workers: 0, redis: 'up' })
    const records = await recorded()
    expect(records).toMatchObject(expected)
    const recordOf = (wanted: string) => records.find(({ path }) => path === wanted)
    expect(recordOf('/nowhere')).not.toHaveProperty('route')
    expect(recordOf('/stream')?.['durationMs']).toBeGreaterThanOrEqual(STREAM_MS)
  })
})

async function textOf(url: string): Promise<string> {
  return (await fetch(url)).text()
}

/** Reads the beginning of what does not end. */
async function leave(url: string): Promise<void> {
  const leaving = new AbortController()
  const { body } = await fetch(url, { signal: leaving.signal })
  await body?.getReader().read()
  leaving.abort()
}
