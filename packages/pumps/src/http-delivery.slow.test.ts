/** A test for each row of the table in http-answer.ts, and for what goes out. All against a real server. */
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { noLimit, openPump } from '../test/open-pump.ts'
import { type Received, type Reply, startWebhook } from '../test/webhook.ts'
import { withIds } from '../test/with-ids.ts'
import { http } from './http.ts'

async function opened(answer: (request: Received) => Reply, more: object = {}) {
  const webhook = await startWebhook(answer)
  const pump = openPump(http, { url: webhook.url, ...more })
  await pump.start?.(noLimit())
  return { webhook, pump }
}
const numbers = (count: number) => withIds(...Array.from({ length: count }, (_, n) => ({ n })))
const fine = (): Reply => ({})
const holds = (request: Received, n: number) => new RegExp(`"n":${n}[,}]`).test(request.body)
const retryable = { code: 'PH_PUMP_RETRYABLE' }

describe('what goes out', () => {
  test.for([
    ['array', 'application/json', (batch: readonly object[]) => JSON.stringify(batch)],
    [
      'ndjson',
      'application/x-ndjson',
      (batch: readonly object[]) => batch.map(one => `${JSON.stringify(one)}\n`).join(''),
    ],
  ] as const)('%s: one request, in its form', async ([format, contentType, body]) => {
    const { webhook, pump } = await opened(fine, { format, method: 'PUT', headers: { 'X-Team': 'orders' } })
    const batch = numbers(3)
    expect(await pump.write(batch, noLimit())).toEqual({ rejected: [] })
    expect(webhook.received).toMatchObject([
      {
        method: 'PUT',
        path: '/hook?token=hunter2',
        body: body(batch),
        headers: { 'content-type': contentType, 'x-team': 'orders', 'user-agent': 'pumphouse' },
      },
    ])
  })

  test('single: a request for each record, in their order, with its id as key', async () => {
    const { webhook, pump } = await opened(fine, { format: 'single' })
    const batch = numbers(5)
    await pump.write(batch, noLimit())
    expect(webhook.received.map(({ body }) => JSON.parse(body))).toEqual(batch)
    expect(webhook.received.map(({ headers }) => headers['idempotency-key'])).toEqual(batch.map(({ id }) => id))
  })

  test('the same records have the same key, others another', async () => {
    const { webhook, pump } = await opened(fine, { idempotencyHeader: 'X-Key' })
    const batch = numbers(3)
    for (const one of [batch, batch, numbers(3)]) await pump.write(one, noLimit())
    const [first, second, third] = webhook.received.map(({ headers }) => headers['x-key'])
    expect(first).toMatch(/^[0-9a-f]{32}$/)
    expect([second === first, third === first]).toEqual([true, false])
  })

  test.for([true, false])('signs the body, with the time: %s, also when it is packed', async timestamped => {
    const signature = { secret: 'hunter2', header: 'x-signature', timestamped }
    const { webhook, pump } = await opened(fine, { signature, compression: true })
    await pump.write(numbers(2), noLimit())
    const { headers, body } = webhook.received[0] as Received
    const seconds = headers['x-pumphouse-timestamp']
    const signed = timestamped ? `${seconds}.${body}` : body
    expect(headers['content-encoding']).toBe('gzip')
    expect(headers['x-signature']).toBe(`sha256=${createHmac('sha256', 'hunter2').update(signed).digest('hex')}`)
    if (timestamped) expect(Math.abs(Number(seconds) - Date.now() / 1000)).toBeLessThan(60)
    else expect(seconds).toBeUndefined()
  })

  test('a header from a file is read anew for each write; a file that is gone is said by its name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pumphouse-http-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'token')
    writeFileSync(file, 'Bearer one\n')
    const { webhook, pump } = await opened(fine, { headerFiles: { authorization: file } })
    await pump.write(numbers(1), noLimit())
    writeFileSync(file, 'Bearer two\n')
    await pump.write(numbers(1), noLimit())
    expect(webhook.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer one', 'Bearer two'])
    rmSync(file)
    await expect(pump.write(numbers(1), noLimit())).rejects.toThrow(`headerFiles.authorization: ${file} cannot be read`)
  })
})

describe('what an answer means', () => {
  test.for([400, 422])(
    '%i: the records that are meant are found and rejected, the others delivered once',
    async status => {
      const bad = (request: Received): Reply =>
        holds(request, 3) || holds(request, 712) ? { status, body: 'no\n good' } : {}
      const { webhook, pump } = await opened(bad)
      const result = await pump.write(numbers(1_000), noLimit())
      expect(result).toEqual({
        rejected: [3, 712].map(index => ({ index, reason: 'refused', message: `answers ${status}: no good` })),
      })
      const others = Array.from({ length: 1_000 }, (_, n) => n).filter(n => n !== 3 && n !== 712)
      expect(webhook.records().map(({ n }) => n)).toEqual(others)
    },
  )

  test('413: sent again in halves, and one that is too large by itself is rejected', async () => {
    const bounded = ({ body }: Received): Reply => (body.length > 200 ? { status: 413 } : {})
    const { webhook, pump } = await opened(bounded)
    const batch = withIds({ n: 0 }, { n: 1 }, { n: 2, text: 'x'.repeat(300) }, { n: 3 }, { n: 4 }, { n: 5 })
    expect((await pump.write(batch, noLimit()))?.rejected).toMatchObject([{ index: 2, reason: 'too_large' }])
    expect(webhook.records().map(({ n }) => n)).toEqual([0, 1, 3, 4, 5])
  })

  test.for([
    [429, { 'retry-after': '7' }, 7_000],
    [503, { 'retry-after': '0' }, 0],
    [500, {}, undefined],
  ] as const)('%i is tried again, not before the server says', async ([status, headers, afterMs]) => {
    const { pump } = await opened(() => ({ status, headers }))
    await expect(pump.write(numbers(2), noLimit())).rejects.toMatchObject({ ...retryable, afterMs })
  })

  test.for([0, 60, -60])(
    'a date in Retry-After of a server whose clock is %i min off counts from its own now',
    async minutes => {
      const byServer = Date.now() + minutes * 60_000
      const { pump } = await opened(() => ({
        status: 503,
        headers: {
          date: new Date(byServer).toUTCString(),
          'retry-after': new Date(byServer + 40_000).toUTCString(),
        },
      }))
      await expect(pump.write(numbers(1), noLimit())).rejects.toMatchObject({ ...retryable, afterMs: 40_000 })
    },
  )

  test('a receiver that refuses our time, its clock being another, is told from one that refuses our secret', async () => {
    const hourAhead = { status: 401, headers: { date: new Date(Date.now() + 3_600_000).toUTCString() } }
    const refusing = async (more: object) => {
      const { pump } = await opened(() => hourAhead, more)
      return Promise.resolve(pump.write(numbers(1), noLimit())).catch((error: unknown) => String(error))
    }
    const secret = 'hunter2'
    expect(await refusing({ signature: { secret, timestamped: true } })).toMatch(/its clock is 60 min ahead of ours/)
    expect(await refusing({ signature: { secret, timestamped: false } })).not.toMatch(/clock/)
  })

  test('is signed anew with each attempt: a wrong clock that was put right is no reason to refuse any more', async () => {
    const times: unknown[] = []
    const { pump, webhook } = await opened(
      ({ headers }) => ({ status: times.push(headers['x-pumphouse-timestamp']) === 1 ? 401 : 200 }),
      { signature: { secret: 'hunter2', timestamped: true } },
    )
    const right = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: right - 3_600_000 })
    onTestFinished(() => void vi.useRealTimers())
    const batch = numbers(1)
    await expect(pump.write(batch, noLimit())).rejects.toMatchObject(retryable)
    vi.setSystemTime(right)
    await pump.write(batch, noLimit())
    expect(times.map(Number)).toEqual([Math.floor(right / 1000) - 3_600, Math.floor(right / 1000)])
    const [first, second] = webhook.received.map(({ headers }) => headers['idempotency-key'])
    expect(second).toBe(first)
  })

  test.for([
    [401, 'credentials'],
    [403, 'forbids'],
    [404, 'look at the url'],
    [405, 'method'],
    [410, 'gone'],
    [415, 'kind of body'],
    [418, 'answers 418'],
    [502, 'gateway'],
  ] as const)('%i is tried again, with words about what to look at', async ([status, words]) => {
    const { pump } = await opened(() => ({ status, body: 'hunter2' }))
    const refused = expect(pump.write(numbers(2), noLimit())).rejects
    await refused.toMatchObject({ ...retryable, message: expect.stringContaining(words) })
    await expect(pump.write(numbers(2), noLimit())).rejects.not.toThrow('hunter2')
  })

  test('a redirect is not followed: our headers stay with the address that was named', async () => {
    const elsewhere = await startWebhook()
    const { pump } = await opened(() => ({ status: 307, headers: { location: elsewhere.url } }))
    const refused = expect(pump.write(numbers(1), noLimit())).rejects
    await refused.toMatchObject({
      ...retryable,
      message: expect.stringContaining(`redirects to http://127.0.0.1:${elsewhere.port};`),
    })
    expect(elsewhere.received).toEqual([])
  })

  test('a lost answer is sent again under the same key', async () => {
    let lost = 1
    const { webhook, pump } = await opened(() => ({ cut: lost-- > 0 }))
    const batch = numbers(2)
    await expect(pump.write(batch, noLimit())).rejects.toMatchObject(retryable)
    await pump.write(batch, noLimit())
    const keys = webhook.received.map(({ headers }) => headers['idempotency-key'])
    expect(keys).toHaveLength(2)
    expect(new Set(keys).size).toBe(1)
  })

  test('in the middle of single records: what went through stays delivered, the rest is asked for again', async () => {
    const { webhook, pump } = await opened(
      request =>
        holds(request, 2) ? { status: 400 } : holds(request, 4) ? { status: 429, headers: { 'retry-after': '1' } } : {},
      { format: 'single' },
    )
    const result = await pump.write(numbers(7), noLimit())
    expect(result).toMatchObject({
      rejected: [{ index: 2 }],
      retry: { indexes: [4, 5, 6], afterMs: 1_000, error: retryable },
    })
    expect(webhook.records().map(({ n }) => n)).toEqual([0, 1, 3])
  })

  test('nobody there, and a silent server: said in words, or cut by the signal', async () => {
    const { webhook, pump } = await opened(fine)
    await webhook.close()
    await expect(pump.write(numbers(1), noLimit())).rejects.toThrow(/nobody listens there|connection/)
    await expect(pump.check?.(noLimit())).rejects.toMatchObject(retryable)
    const nameless = openPump(http, { url: 'http://no-such-host.invalid/hook' })
    await expect(nameless.write(numbers(1), noLimit())).rejects.toThrow(
      /no-such-host\.invalid: the name of the host .*DNS/,
    )
    await expect(pump.write(numbers(1), AbortSignal.abort(new Error('time is up')))).rejects.toThrow('time is up')
  })
})

test('credentials taken away while it runs: records wait, and arrive once when they are given back', async () => {
  const door = { isOpen: true }
  const { webhook, pump } = await opened(() => (door.isOpen ? {} : { status: 401 }))
  await pump.write(numbers(2), noLimit())
  door.isOpen = false
  const batch = withIds({ n: 10 }, { n: 11 })
  const refused = expect(pump.write(batch, noLimit())).rejects
  await refused.toMatchObject({ ...retryable, message: expect.stringContaining('credentials') })
  door.isOpen = true
  await pump.write(batch, noLimit())
  expect(webhook.records().map(({ n }) => n)).toEqual([0, 1, 10, 11])
})

test('check sends nothing, and tells when we are not let in', async () => {
  const door = { isOpen: false }
  const { webhook, pump } = await opened(() => (door.isOpen ? { status: 405 } : { status: 401 }))
  await expect(pump.check?.(noLimit())).rejects.toThrow('answers 401')
  door.isOpen = true
  await pump.check?.(noLimit())
  expect(webhook.received).toEqual([])
})
