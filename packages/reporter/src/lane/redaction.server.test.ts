/** Planted secrets are nowhere: not in Redis, not in the spool, not in what is logged. Whatever way a record goes. */

import { once } from 'node:events'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connectRedis } from '@pumphouse/queue'
import { decodeFrame, type PumphouseError } from '@pumphouse/record'
import { type RunningServer, sharedServer, startProxy, startRedis, until } from '@pumphouse/testkit'
import express from 'express'
import { afterAll, describe, expect, it } from 'vitest'
import { run } from '../../test/program.ts'
import { readSet } from '../../test/read-set.ts'
import { spoolFiles } from '../../test/spool-files.ts'
import { pumphouse } from '../adapters/express.ts'
import type { ReporterOptions } from '../options.ts'
import { createReporter, type Reporter } from '../reporter.ts'

const shared = sharedServer(startRedis)
const disk = spoolFiles()
afterAll(async () => {
  disk.remove()
  await shared.stop()
})

const SECRETS = ['hunter2-planted', '4111111111111111', 'ann-the-planted', 'planted-pin-77', 'sk_live_planted1']

const RULES: NonNullable<ReporterOptions['redact']> = {
  hash: ['username'],
  mask: ['requestBody.**.pin', 'note'],
  remove: ['internal'],
  patterns: ['\\bsk_(live|test)_\\w+'],
}

/** Records in which every secret is planted, in all the ways that records come. */
const RECORDS: readonly Record<string, unknown>[] = [
  { kept: 1, password: 'hunter2-planted' },
  {
    kept: 2,
    requestHeaders: { authorization: 'Bearer hunter2-planted', cookie: 'sid=hunter2-planted', accept: '*/*' },
  },
  { kept: 3, responseHeaders: { 'set-cookie': ['a=hunter2-planted'] }, path: '/pay/4111111111111111' },
  { kept: 4, requestBody: '{"user":{"password":"hunter2-planted","pin":"planted-pin-77"},"x":1}' },
  { kept: 5, requestBody: { list: [{ pin: 'planted-pin-77' }] }, username: 'ann-the-planted' },
  { kept: 6, requestBody: '{"card":"4111 1111 1111 1111","list":[{"pin":"planted-pin-77"' },
  { kept: 7, query: { access_token: 'hunter2-planted' }, url: '/a?b=1&api_key=hunter2-planted' },
  { kept: 8, rawRequest: Buffer.from('GET / HTTP/1.1\r\nCookie: x=hunter2-planted\r\n\r\n') },
  { kept: 9, internal: { deep: 'hunter2-planted' }, note: ['hunter2-planted'], userAgent: 'sk_live_planted1' },
  { kept: 10, error: { name: 'E', message: 'redis://u:hunter2-planted@h/ refused' }, card: 4111111111111111 },
]

/** Those that can be written into a program. */
const PRINTABLE = RECORDS.filter(record => !('rawRequest' in record))

function expectNoSecret(bytes: Uint8Array, where: string): void {
  const text = Buffer.from(bytes).toString('latin1')
  for (const secret of SECRETS) expect(text.includes(secret), `${secret} in ${where}`).toBe(false)
}

/** Every byte of every key, and every frame unfolded. */
async function searchRedis(url: string): Promise<void> {
  const redis = connectRedis({ url }, 'search')
  if (redis.status !== 'ready') await once(redis, 'ready')
  let decoded = 0
  for (const key of await redis.keys('*')) {
    expectNoSecret(Buffer.from(key), 'a name of a key')
    expectNoSecret((await redis.dumpBuffer(key)) ?? Buffer.alloc(0), key)
    for (const value of await valuesOf(redis, key)) {
      expectNoSecret(value, key)
      const records = unfolded(value)
      if (records !== value) decoded++
      expectNoSecret(records, `${key}, decoded`)
    }
  }
  expect(decoded).toBeGreaterThan(0)
  redis.disconnect()
}

async function valuesOf(redis: ReturnType<typeof connectRedis>, key: string): Promise<Buffer[]> {
  const type = await redis.type(key)
  if (type === 'hash') return redis.hvalsBuffer(key)
  if (type !== 'stream') return []
  return (await redis.xrangeBuffer(key, '-', '+')).flatMap(([, fields]) => fields)
}

function unfolded(bytes: Uint8Array): Uint8Array {
  try {
    const texts = decodeFrame(bytes).records.map(record =>
      JSON.stringify(record, (_, value) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
      ),
    )
    return Buffer.from(texts.join())
  } catch {
    return bytes
  }
}

/** Returns how many files there were. */
function searchFiles(dir: string): number {
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).map(name => join(dir, name))
  const found = files.filter(file => statSync(file).isFile())
  for (const file of found) expectNoSecret(readFileSync(file), file)
  return found.length
}

function optionsFor(url: string, name: string, poolSize: number, keyFile: string): ReporterOptions {
  // Frames on disk are compressed otherwise, and a search would find nothing whatever is in them.
  const always = { mode: 'always', dir: disk.dir } as const
  const redact = { ...RULES, hashKeyFile: keyFile }
  return { service: 's', redis: url, analytics: { name }, poolSize, compress: false, spool: always, redact }
}

function writeKey(): string {
  const file = join(disk.dir, 'hash.key')
  writeFileSync(file, 'a key for the hashes of tests\n')
  return file
}

/** A server that answers with secrets, and is asked with them. */
async function exchange(reporter: Reporter): Promise<void> {
  const app = express()
  app.use(pumphouse({ reporter }))
  app.use(express.json(), express.urlencoded({ extended: false }))
  app.post('/login', (_request, response) => {
    response.cookie('session', 'hunter2-planted').json({ kept: 'answer', access_token: 'hunter2-planted' })
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/login?kept=1&api_key=hunter2-planted`
  const headers = { authorization: 'Bearer hunter2-planted', cookie: 'a=hunter2-planted', 'x-kept': 'yes' }
  const long = 'x'.repeat(20_000)
  for (const body of [
    { user: { pin: 'planted-pin-77' }, password: 'hunter2-planted' },
    { secret: `hunter2-planted${long}` },
  ]) {
    const json = { ...headers, 'content-type': 'application/json' }
    await (await fetch(url, { method: 'POST', headers: json, body: JSON.stringify(body) })).text()
  }
  const form = new URLSearchParams({ kept: 'form', password: 'hunter2-planted', card: '4111111111111111' })
  await (await fetch(url, { method: 'POST', headers, body: form })).text()
  await new Promise(resolve => server.close(resolve))
}

describe.each([0, 1])('with poolSize %i', poolSize => {
  it('nor are those in captured headers, queries and bodies, whole or cut', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const name = `redacted-capture-${poolSize}`
    const everything = {
      requestHeaders: true,
      responseHeaders: true,
      requestBody: true,
      responseBody: true,
      query: true,
    }
    const options = optionsFor(redis.url, name, poolSize, writeKey())
    const reporter = createReporter({ ...options, capture: { ...everything, maxBodyBytes: 1000 } })
    await exchange(reporter)
    await reporter.close()
    await searchRedis(redis.url)
    searchFiles(disk.dir)
    const { records } = await readSet(redis.url, name)
    expect(records).toHaveLength(3)
    for (const record of records) {
      expect(record.requestHeaders).toMatchObject({ 'x-kept': 'yes', authorization: '[redacted]' })
      expect(record.responseBody).toContain('"kept":"answer"')
      expect(record.query).toBe('kept=1&api_key=[redacted]')
    }
    expect(records.map(record => record.requestBodyTruncated)).toContain(true)
    expect(records[2]?.requestBody).toBe('kept=form&password=[redacted]&card=[redacted]')
  })

  it('secrets are neither in Redis nor in the spool nor in a log; what stands beside them is', async ctx => {
    const redis: RunningServer = await shared.orSkip(ctx.skip)
    const name = `redacted-${poolSize}`
    const proxy = await startProxy(redis.port)
    const url = `redis://127.0.0.1:${proxy.port}`
    const said: PumphouseError[] = []
    const reporter = createReporter({
      ...optionsFor(url, name, poolSize, writeKey()),
      onWarning: warning => said.push(warning),
    })
    await until('a connection', () => reporter.stats().redis === 'up')
    proxy.cut()
    proxy.refuse()
    for (const record of RECORDS) expect(reporter.record(record)).toBe(true)
    expect(await reporter.flush()).toBe(true)
    expect(reporter.stats().spooled).toBe(RECORDS.length)
    expect(searchFiles(disk.dir)).toBeGreaterThan(1)
    proxy.heal()
    await until('the spool is drained', () => reporter.stats().sent === RECORDS.length)
    const stats = await reporter.close()
    await searchRedis(redis.url)
    const { records } = await readSet(redis.url, name)
    expect(records.map(record => record['kept'])).toEqual(RECORDS.map((_, index) => index + 1))
    expect(records[4]?.username).toMatch(/^hmac:[0-9a-f]{32}$/)
    expect(records[8]).not.toHaveProperty('internal')
    expect(records[1]?.['requestHeaders']).toMatchObject({ accept: '*/*', cookie: '[redacted]' })
    expect(stats.redacted).toMatchObject({ removed: 1, hashed: 1, failed: 1 })
    expect(stats.redacted.masked).toBeGreaterThanOrEqual(14)
    expectNoSecret(Buffer.from(JSON.stringify([stats, said.map(String)])), 'what is said')
    await proxy.close()
  })

  it('nor are they where a process leaves what it has in memory when it exits', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const name = `redacted-exit-${poolSize}`
    const options = { ...optionsFor(redis.url, name, poolSize, writeKey()), spool: { mode: 'auto', dir: disk.dir } }
    const ended = await run(`
      const reporter = createReporter(${JSON.stringify({ ...options, redis: 'redis://127.0.0.1:1' })})
      for (const record of ${JSON.stringify(PRINTABLE)}) reporter.record(record)
      throw new Error('of the application')
    `)
    expectNoSecret(Buffer.from(ended.output + ended.errors), 'what the process printed')
    expect(disk.folders(name)).toHaveLength(1)
    searchFiles(disk.dir)
    disk.age(name)
    const next = createReporter({ ...options, spool: { mode: 'auto', dir: disk.dir } })
    await until('they are adopted', () => next.stats().spool.adopted === PRINTABLE.length)
    await next.close()
    await searchRedis(redis.url)
    expect((await readSet(redis.url, name)).records).toHaveLength(PRINTABLE.length)
  })

  it('rules that change while it runs count for what is not encoded yet', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    const name = `redacted-update-${poolSize}`
    const reporter = createReporter({ service: 's', redis: redis.url, analytics: { name }, poolSize })
    reporter.record({ note: 'first' })
    expect(await reporter.flush()).toBe(true)
    reporter.update({ redact: { mask: ['note'] } })
    reporter.record({ note: 'second' })
    await reporter.close()
    const { records } = await readSet(redis.url, name)
    expect(records.map(record => record['note'])).toEqual(['first', '[redacted]'])
  })
})
