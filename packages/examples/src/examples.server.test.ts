/** Every example runs as its header says, and each of its requests is in the set, once, with what its framework knows. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { fileURLToPath } from 'node:url'
import { connectRedis, createGroup } from '@pumphouse/queue'
import { type AnalyticsRecord, decodeFrame } from '@pumphouse/record'
import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, afterEach, expect, it } from 'vitest'

const redisServer = sharedServer(startRedis)
afterAll(() => redisServer.stop())
let child: ChildProcess | undefined
afterEach(() => child?.kill('SIGKILL'))

const START_TIMEOUT_MS = 30_000
const LEASE_MS = 60_000
const READ = { maxFrames: 100, maxBytes: 16 * 1024 * 1024 }

interface RunningExample {
  readonly url: string
  /** Ends it gracefully; resolves with the last line that it printed. */
  stop(): Promise<{ readonly created: number; readonly sent: number }>
}

async function start(name: string, redisUrl: string, set: string): Promise<RunningExample> {
  const program = fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url))
  const env = {
    PATH: process.env['PATH'],
    PORT: '0',
    PUMPHOUSE_REDIS_URL: redisUrl,
    PUMPHOUSE_REPORTER_ANALYTICS_NAME: set,
  }
  const started = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  child = started
  let output = ''
  started.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const closed = once(started, 'close')
  const url = await until('the example listens', () => /listening on (\S+)/.exec(output)?.[1], START_TIMEOUT_MS)
  return {
    url,
    async stop() {
      started.kill('SIGTERM')
      expect((await closed)[0]).toBe(0)
      return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '')
    },
  }
}

/** Reads a whole set, as a pump would. */
async function readSet(url: string, name: string): Promise<readonly AnalyticsRecord[]> {
  const redis = connectRedis({ url }, 'test')
  try {
    if (redis.status !== 'ready') await once(redis, 'ready')
    const group = createGroup(redis, { name, partition: 0, pump: 'reader', consumer: 'c', leaseMs: LEASE_MS })
    await group.ensure('backlog')
    const read = await group.read(READ)
    return read.flatMap(({ bytes }) => decodeFrame(bytes ?? new Uint8Array()).records)
  } finally {
    redis.disconnect()
  }
}

const headers = { 'x-user': 'ann' }
const order = JSON.stringify({ item: 'juice', quantity: 1 })

/** Leaves in the middle of the export. */
function leaveExport(url: string): Promise<void> {
  return new Promise(resolve => {
    const request = get(`${url}/export`, { headers }, response => {
      response.once('data', () => request.destroy()).once('error', () => undefined)
    })
    request.once('error', () => undefined).once('close', resolve)
  })
}

it.for(['fastify', 'express', 'koa', 'hono', 'nestjs', 'http'])('the example of %s', async (framework, { skip }) => {
  const redis = await redisServer.orSkip(skip)
  const example = await start(`${framework}-api`, redis.url, `example-${framework}`)
  const ask = async (path: string, init: RequestInit = {}): Promise<number> => {
    const response = await fetch(example.url + path, { ...init, headers: { ...headers, ...init.headers } })
    await response.arrayBuffer()
    return response.status
  }
  expect(await ask('/health')).toBe(200)
  expect(await ask('/orders?page=1')).toBe(200)
  expect(await ask('/orders/1')).toBe(200)
  expect(await ask('/orders/999')).toBe(404)
  expect(await ask('/orders', { method: 'POST', body: order, headers: { 'content-type': 'application/json' } })).toBe(
    201,
  )
  expect(await ask('/failing')).toBe(500)
  expect(await ask('/nowhere')).toBe(404)
  await leaveExport(example.url)
  const stats = await example.stop()
  expect(stats).toMatchObject({ created: 7, sent: 7 })

  const records = await readSet(redis.url, `example-${framework}`)
  const said = records.map(({ method, path, route, statusCode, outcome, username, errorName }) =>
    [method, path, route ?? '-', statusCode, outcome, username, errorName === 'RangeError' ? errorName : '-'].join(' '),
  )
  expect(said.sort()).toEqual(
    [
      'GET /orders /orders 200 ok ann -',
      'GET /orders/1 /orders/:id 200 ok ann -',
      'GET /orders/999 /orders/:id 404 ok ann -',
      'POST /orders /orders 201 ok ann -',
      'GET /failing /failing 500 error ann RangeError',
      'GET /nowhere - 404 ok ann -',
      'GET /export /export 200 stream_closed ann -',
    ].sort(),
  )
})
