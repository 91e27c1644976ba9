/** Requests that stay open for long, and what is told of them before they end. */

import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { until } from '@pumphouse/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { type CollectingReporter, collectingReporter } from '../../test/collecting-reporter.ts'
import { exchange, head, sendRaw } from '../../test/raw-client.ts'
import { setConsumer } from '../adapters/consumer.ts'
import { instrument } from '../adapters/http.ts'
import { createOpenRequests, MAX_AT_ONCE } from './open-requests.ts'

let server: Server
let reporter: CollectingReporter

afterEach(() => {
  reporter.requests.open.stop()
  server.closeAllConnections()
  server.close()
})

async function serve(listener: RequestListener, openRecordAfterMs = 0): Promise<number> {
  reporter = collectingReporter({ openRecordAfterMs })
  server = createServer(listener)
  instrument(server, { reporter, enrich: () => ({ username: 'ann' }) })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

const events: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('data: 1\n\n')
}

describe('a request that is open for longer than the options say', () => {
  it('has a record at once and another at its end, with one id', async () => {
    const client = await sendRaw(await serve(events, 30), head('GET', '/events'))
    const [first] = await reporter.collected(1)
    expect(first).toMatchObject({ path: '/events', phase: 'open', statusCode: 200, username: 'ann' })
    expect(first?.outcome).toBeUndefined()
    expect(first?.durationMs).toBeUndefined()
    client.destroy()
    const [, last] = await reporter.collected(2)
    expect(last).toMatchObject({ phase: 'close', outcome: 'stream_closed', requestId: first?.['requestId'] })
    expect(last?.durationMs).toBeGreaterThanOrEqual(30)
    expect(first?.['requestId']).toMatch(/^[0-9a-f]{16}-\d+$/)
  })

  it('has one without a status when its handler hangs', async () => {
    await sendRaw(await serve(() => undefined, 30), head('GET', '/hangs'))
    expect(await reporter.collected(1)).toMatchObject([{ path: '/hangs', phase: 'open', statusCode: undefined }])
  })

  it('that others overtake has its own', async () => {
    const port = await serve((request, response) => {
      if (request.url === '/slow') return events(request, response)
      response.end()
    }, 30)
    await sendRaw(port, head('GET', '/slow'))
    await exchange(port, head('GET', '/quick'))
    const [quick, slow] = await reporter.collected(2)
    expect(quick).toMatchObject({ path: '/quick', phase: undefined, requestId: undefined })
    expect(slow).toMatchObject({ path: '/slow', phase: 'open' })
  })

  it('has one too when it is a WebSocket', async () => {
    const port = await serve(() => undefined, 30)
    server.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n')
      socket.resume().on('end', () => socket.end())
    })
    const client = await sendRaw(port, head('GET', '/socket', { connection: 'upgrade', upgrade: 'websocket' }))
    const [first] = await reporter.collected(1)
    expect(first).toMatchObject({ path: '/socket', phase: 'open', statusCode: 101 })
    client.end()
    expect((await reporter.collected(2))[1]).toMatchObject({ phase: 'close', requestId: first?.['requestId'] })
  })
})

describe('the status', () => {
  it('is that which was sent, whatever an error handler sets later', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(200).write('x')
      response.statusCode = 500
      response.end()
    })
    await exchange(port, head('GET', '/'))
    expect(await reporter.collected(1)).toMatchObject([{ statusCode: 200, outcome: 'ok' }])
  })
})

describe('a request that leaves HTTP', () => {
  it('has the consumer that the application says', async () => {
    reporter = collectingReporter()
    server = createServer()
    instrument(server, { reporter, username: ({ headers }) => headers['x-user'] as string | undefined })
    server.on('upgrade', (request, socket) => {
      if (request.url === '/said') setConsumer(request, { username: 'bob', tags: ['chat'] })
      socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n')
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const upgrade = { connection: 'upgrade', upgrade: 'websocket', 'x-user': 'ann' }
    await exchange(port, head('GET', '/asked', upgrade))
    await exchange(port, head('GET', '/said', upgrade))
    expect(await reporter.collected(2)).toMatchObject([
      { path: '/asked', username: 'ann' },
      { path: '/said', username: 'bob', tags: ['chat'] },
    ])
  })
})

describe('many requests that are due at once', () => {
  it('are told of, and ended, a part in each turn of the event loop', async () => {
    const startMs = 0
    // A clock that stands still, or a busy machine would make the parts smaller.
    const requests = createOpenRequests(10, () => 1_000)
    let told = 0
    let inThisTurn = 0
    const turns: number[] = []
    /** Microtasks run when what was called by the event loop has returned. */
    const tell = (): void => {
      told++
      if (inThisTurn++ > 0) return
      queueMicrotask(() => {
        turns.push(inThisTurn)
        inThisTurn = 0
      })
    }
    for (let i = 0; i < MAX_AT_ONCE * 2 + 1; i++) {
      requests.add({ startMs, previous: undefined, next: undefined, announce: tell, shutDown: tell })
    }
    await until('all are told of', () => told > MAX_AT_ONCE * 2)
    requests.stop()
    expect(turns).toEqual([MAX_AT_ONCE, MAX_AT_ONCE, 1])
    expect(told).toBe(MAX_AT_ONCE * 2 + 1)
    expect([1, 2, 3].map(() => requests.shutDown(MAX_AT_ONCE))).toEqual([true, true, false])
    expect(told).toBe((MAX_AT_ONCE * 2 + 1) * 2)
  })
})

it('those that take long are told of, and ended, fewer at a time', async () => {
  let nowMs = 1_000
  const requests = createOpenRequests(10, () => nowMs)
  let told = 0
  let inThisTurn = 0
  const turns: number[] = []
  const tell = (): void => {
    told++
    nowMs += 3
    if (inThisTurn++ > 0) return
    queueMicrotask(() => {
      turns.push(inThisTurn)
      inThisTurn = 0
    })
  }
  for (let i = 0; i < 5; i++) {
    requests.add({ startMs: 0, previous: undefined, next: undefined, announce: tell, shutDown: tell })
  }
  await until('all are told of', () => told === 5)
  expect(turns).toEqual([2, 2, 1])
  requests.stop()
  expect([1, 2, 3].map(() => [requests.shutDown(MAX_AT_ONCE), told])).toEqual([
    [true, 7],
    [true, 9],
    [false, 10],
  ])
})

it('one that comes late, after it waited elsewhere, is told of when it is due', async () => {
  let nowMs = 1_000
  const requests = createOpenRequests(100, () => nowMs)
  const told: number[] = []
  for (const startMs of [995, 905, 999]) {
    const tell = (): void => void told.push(startMs)
    requests.add({ startMs, previous: undefined, next: undefined, announce: tell, shutDown: tell })
  }
  nowMs = 1_010
  await until('one is told of', () => told.length > 0)
  expect(told).toEqual([905])
  nowMs = 1_200
  await until('all are told of', () => told.length === 3)
  requests.stop()
  expect(told).toEqual([905, 995, 999])
})

it('none is told of after stop(), also of those that were due at once', async () => {
  const startMs = 0
  const requests = createOpenRequests(10, () => 1_000)
  let told = 0
  const tell = (): void => {
    if (++told === MAX_AT_ONCE) queueMicrotask(requests.stop)
  }
  for (let i = 0; i < MAX_AT_ONCE + 1; i++) {
    requests.add({ startMs, previous: undefined, next: undefined, announce: tell, shutDown: tell })
  }
  await until('the first are told of', () => told >= MAX_AT_ONCE)
  await new Promise(resolve => setTimeout(resolve, 30))
  expect(told).toBe(MAX_AT_ONCE)
})

describe('a request that is open when the application closes', () => {
  it('ends with outcome shutdown, and makes no record later', async () => {
    const client = await sendRaw(await serve(events), head('GET', '/events'))
    await new Promise(resolve => client.once('data', resolve))
    reporter.requests.open.shutDown()
    expect(reporter.records).toMatchObject([
      { path: '/events', outcome: 'shutdown', statusCode: 200, phase: undefined, username: 'ann' },
    ])
    client.destroy()
    await until('the connection to be gone', async () => (await connections()) === 0)
    expect(reporter.records).toHaveLength(1)
  })

  it('says that it was told of before', async () => {
    await sendRaw(await serve(events, 30), head('GET', '/events'))
    const [first] = await reporter.collected(1)
    reporter.requests.open.shutDown()
    expect(reporter.records[1]).toMatchObject({
      phase: 'close',
      outcome: 'shutdown',
      requestId: first?.['requestId'],
    })
  })

  it('ends with outcome shutdown when the server closes and ends its connections', async () => {
    let asked = 0
    const port = await serve((request, response) => {
      asked++
      if (request.url === '/events') events(request, response)
    })
    for (const path of ['/events', '/hangs']) await sendRaw(port, head('GET', path))
    await until('both are there', () => asked === 2)
    server.close()
    server.closeAllConnections()
    const records = await reporter.collected(2)
    expect(records.map(({ path, outcome, statusCode }) => [path, outcome, statusCode]).sort()).toEqual([
      ['/events', 'shutdown', 200],
      ['/hangs', 'shutdown', undefined],
    ])
  })

  it.each(['destroy', 'resetAndDestroy', 'end'] as const)('is the client that left (%s) also then', async leave => {
    const client = await sendRaw(await serve(events), head('GET', '/events'))
    await new Promise(resolve => client.once('data', resolve))
    server.close()
    client[leave]()
    expect(await reporter.collected(1)).toMatchObject([{ outcome: 'stream_closed', statusCode: 200 }])
  })

  function connections(): Promise<number> {
    return new Promise(resolve => server.getConnections((_error, count) => resolve(count)))
  }
})
