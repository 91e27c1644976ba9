import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { Hono } from 'hono'
import { afterEach, describe, expect, test } from 'vitest'
import { pumphouse as forExpress } from './adapters/express.ts'
import { pumphouse as forHono } from './adapters/hono.ts'
import { instrument } from './adapters/http.ts'
import { createMemoryReporter, type MemoryReporter } from './memory-reporter.ts'
import type { ReporterOptions } from './options.ts'
import { prometheusText } from './prometheus-text.ts'

const open: MemoryReporter[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(reporter => reporter.close()))
})

function start(options?: ReporterOptions): MemoryReporter {
  const reporter = createMemoryReporter(options)
  open.push(reporter)
  return reporter
}

test('shows what the daemon would read, after a flush: with ids, redacted, sampled', async () => {
  const reporter = start({ sample: { rules: [{ route: '/health', rate: 0 }] } })
  reporter.record({ route: '/a', password: 'x' })
  reporter.record({ route: '/health' })
  expect(await reporter.flush()).toBe(true)
  expect(reporter.records).toEqual([
    { id: expect.stringMatching(/^[0-9a-f]{24}$/), route: '/a', password: '[redacted]' },
  ])
  expect(reporter.stats()).toMatchObject({ created: 2, sent: 1, sampledOut: 1, redis: 'up' })
  reporter.clear()
  reporter.update({ redact: { defaults: false } })
  reporter.record({ route: '/a', password: 'x' })
  await reporter.flush()
  expect(reporter.records).toMatchObject([{ password: 'x' }])
})

test('does not listen to the process', () => {
  const counts = () => process.eventNames().map(name => [name, process.listenerCount(name)])
  const before = counts()
  start({ signals: true, spool: { mode: 'always', dir: '/nowhere' } })
  expect(counts()).toEqual(before)
})

test('takes the wrong options as createReporter does', () => {
  expect(() => createMemoryReporter({ poolSize: -1 })).toThrow(expect.objectContaining({ code: 'PH_CONFIG_INVALID' }))
})

test('one reporter serves several adapters and records made by hand; each request makes one record', async () => {
  const reporter = start()
  const app = express()
  app.use(forExpress({ reporter }))
  app.get('/orders/:id', (_request, response) => {
    reporter.record({ made: 'by hand' })
    response.send('x')
  })
  const server = app.listen(0, '127.0.0.1')
  instrument(server, { reporter })
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as import('node:net').AddressInfo
  await (await fetch(`http://127.0.0.1:${port}/orders/1`)).text()
  await new Promise(resolve => server.close(resolve))
  await reporter.flush()
  expect(reporter.records).toHaveLength(2)
  expect(reporter.records).toContainEqual(expect.objectContaining({ made: 'by hand' }))
  expect(reporter.records).toContainEqual(expect.objectContaining({ route: '/orders/:id', statusCode: 200 }))
})

test('what it does can be heard on channels, and nothing of it once nobody listens', async () => {
  const heard: unknown[] = []
  const listen = (message: unknown, name: string | symbol): void => void heard.push([name, message])
  const names = ['sent', 'dropped', 'warning'].map(name => `pumphouse.reporter.${name}`)
  for (const name of names) channel(name).subscribe(listen)
  const reporter = start({ service: 'orders', buffer: { maxRecords: 2 }, onWarning: () => undefined })
  for (let i = 0; i < 4; i++) reporter.record({ i })
  await reporter.flush()
  expect(heard).toEqual([
    ['pumphouse.reporter.warning', { service: 'orders', code: 'PH_REPORTER_BUFFER_FULL', message: expect.any(String) }],
    ['pumphouse.reporter.dropped', { service: 'orders', reason: 'buffer_full', records: 1 }],
    ['pumphouse.reporter.dropped', { service: 'orders', reason: 'buffer_full', records: 1 }],
    ['pumphouse.reporter.sent', { service: 'orders', records: 2 }],
  ])
  for (const name of names) channel(name).unsubscribe(listen)
  reporter.record({})
  await reporter.flush()
  expect(heard).toHaveLength(4)
})

test('its stats are text for Prometheus: every sample has its type, and labels are escaped', async () => {
  const reporter = start({ sample: { rate: 0 }, onWarning: () => undefined })
  reporter.record({ route: '/a"\\\n' })
  reporter.record({ statusCode: 500, token: 'x' })
  reporter.hookFailed('enrich', new Error('no'))
  await reporter.flush()
  const text = prometheusText(reporter.stats(), { service: 'orders' })
  const lines = text.trimEnd().split('\n')
  const types = new Set(lines.filter(line => line.startsWith('# TYPE')).map(line => line.split(' ')[2]))
  for (const line of lines.filter(line => !line.startsWith('#'))) {
    expect(line).toMatch(/^pumphouse_reporter_[a-z_]+\{service="orders"[^}]*\} \d+$/)
    expect(types).toContain(line.slice(0, line.indexOf('{')))
  }
  expect(lines).toContain('pumphouse_reporter_created_total{service="orders"} 2')
  expect(lines).toContain('pumphouse_reporter_sampled_out_by_route_total{service="orders",route="/a\\"\\\\\\n"} 1')
  expect(lines).toContain('pumphouse_reporter_redacted_total{service="orders",how="masked"} 1')
  expect(lines).toContain('pumphouse_reporter_hook_errors_total{service="orders",hook="enrich"} 1')
  expect(text.endsWith('\n')).toBe(true)
  expect(prometheusText(reporter.stats())).toContain('\npumphouse_reporter_redis_up 1\n')
  expect(() => prometheusText(reporter.stats(), { 'bad-label': 'x', shard: 5 } as never)).toThrow(
    expect.objectContaining({
      code: 'PH_CONFIG_INVALID',
      message: expect.stringMatching(/bad-label[\s\S]*shard.* 5;/),
    }),
  )
})

test('one that is disabled keeps nothing', async () => {
  const reporter = createMemoryReporter({ disabled: true })
  reporter.record({ path: '/a' })
  await reporter.flush()
  expect(reporter).toMatchObject({ disabled: true, records: [] })
})

test('update() leaves what the options said where a change is undefined', async () => {
  const reporter = createMemoryReporter({ sample: { rate: 1 }, redact: { mask: ['iban'] } })
  reporter.update({ sample: undefined, redact: undefined })
  reporter.record({ iban: 'DE123' })
  await reporter.flush()
  expect(reporter.records).toMatchObject([{ iban: '[redacted]' }])
  await reporter.close()
})

describe('a flush that waits for open requests', () => {
  const SOON_MS = 20

  /** An application of the web whose answers nobody has read yet. */
  function streaming(reporter: MemoryReporter): Hono {
    return new Hono().use(forHono({ reporter })).get('/', c => c.text('x'))
  }

  test('has the records of those that end meanwhile, not of those that come', async () => {
    const reporter = start()
    const app = streaming(reporter)
    const response = await app.request('/')
    expect(await reporter.flush()).toBe(true)
    expect(reporter.records).toHaveLength(0)
    const flushed = reporter.flush({ open: true })
    await app.request('/')
    setTimeout(() => response.text(), SOON_MS)
    expect(await flushed).toBe(true)
    expect(reporter.records).toMatchObject([{ path: '/', outcome: 'ok' }])
  })

  test('on a server of Node too, called while the request is handled', async () => {
    const reporter = start()
    const server = createServer()
    instrument(server, { reporter })
    let flushed: Promise<boolean> | undefined
    server.on('request', (_request, response) => {
      flushed = reporter.flush({ open: true })
      setTimeout(() => response.end('x'), SOON_MS)
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).text()
    expect(await flushed).toBe(true)
    expect(reporter.records).toMatchObject([{ outcome: 'ok', statusCode: 200 }])
    server.closeAllConnections()
    server.close()
  })

  test('says after its timeout that one has not ended, and has sent what there was', async () => {
    const reporter = start()
    await streaming(reporter).request('/')
    reporter.record({ n: 1 })
    expect(await reporter.flush({ open: true, timeout: SOON_MS })).toBe(false)
    expect(reporter.records).toMatchObject([{ n: 1 }])
  })

  test('ends when the application closes, which ends the requests', async () => {
    const reporter = start()
    const response = await streaming(reporter).request('/')
    const flushed = reporter.flush({ open: true })
    await reporter.close()
    expect(await flushed).toBe(true)
    expect(reporter.records).toMatchObject([{ path: '/', statusCode: 200, outcome: 'shutdown' }])
    expect(await response.text()).toBe('x')
    expect(reporter.stats().created).toBe(1)
  })
})
