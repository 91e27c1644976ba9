import { expect, test } from 'vitest'
import { readRows } from '../../test/read-rows.ts'
import { createRowBuilder } from '../codec/rows.ts'
import type { RedactRules } from './redact-rules.ts'
import { createRedactor, type Redactor } from './redactor.ts'

const KEY = 'a key of some length'

function redactorOf(rules: RedactRules = {}): Redactor {
  return createRedactor(rules)!
}

const redact = (record: Record<string, unknown>, rules?: RedactRules): unknown => redactorOf(rules).record(record)

test('secrets by name are masked at any depth, whatever the case', () => {
  expect(redact({ password: 'x', user: { Access_Token: 'y', name: 'ann', keys: [{ 'X-API-Key': 'z' }] } })).toEqual({
    password: '[redacted]',
    user: { Access_Token: '[redacted]', name: 'ann', keys: [{ 'X-API-Key': '[redacted]' }] },
  })
})

test('the headers that carry credentials are masked, the others stay', () => {
  const requestHeaders = { authorization: 'Basic eDp5', cookie: 'a=b', 'proxy-authorization': 'x', accept: '*/*' }
  expect(redact({ requestHeaders, responseHeaders: { 'set-cookie': ['a=1', 'b=2'], etag: 'e' } })).toEqual({
    requestHeaders: {
      authorization: '[redacted]',
      cookie: '[redacted]',
      'proxy-authorization': '[redacted]',
      accept: '*/*',
    },
    responseHeaders: { 'set-cookie': '[redacted]', etag: 'e' },
  })
})

test('the header in which browsers send the token of a WebSocket is masked, the other headers of it stay', () => {
  const key = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' }
  expect(redact({ requestHeaders: { 'sec-websocket-protocol': 'access_token, abc', ...key } })).toEqual({
    requestHeaders: { 'sec-websocket-protocol': '[redacted]', ...key },
  })
  expect(redact({ head: 'Upgrade: websocket\r\nSec-WebSocket-Protocol: a, abc\r\n' })).toEqual({
    head: 'Upgrade: websocket\r\nSec-WebSocket-Protocol: [redacted]\r\n',
  })
})

test('names that only look alike stay, and so does what is absent', () => {
  const record = { tokens: 512, tokenCount: 3, author: 'x', password: null, passage: 'y', secretary: undefined }
  expect(redact(record)).toBe(record)
})

test('a record without secrets is passed on as it is, and the given one is never changed', () => {
  const clean = Object.freeze({ path: '/orders/1', statusCode: 200, tags: ['a'], nested: { deep: [1, { b: 'c' }] } })
  expect(redact(clean)).toBe(clean)
  const given = Object.freeze({ id: '0123', nested: Object.freeze({ secret: 'x', list: Object.freeze(['y']) }) })
  const result = redact(given) as typeof given
  expect(result).toEqual({ id: '0123', nested: { secret: '[redacted]', list: ['y'] } })
  expect(result.nested.list).toBe(given.nested.list)
  expect(Object.isFrozen(result)).toBe(true)
})

test('rules remove, mask and hash by path; lists are looked through', () => {
  const rules = { remove: ['user.address'], mask: ['items.*.price', '**.iban'], hash: ['username'], hashKey: KEY }
  const record = { username: 'ann', user: { address: 'a', iban: 1 }, items: [{ a: { price: 1 } }, { b: { price: 2 } }] }
  expect(redact(record, rules)).toEqual({
    username: expect.stringMatching(/^hmac:[0-9a-f]{32}$/),
    user: { iban: '[redacted]' },
    items: [{ a: { price: '[redacted]' } }, { b: { price: '[redacted]' } }],
  })
})

test('equal values have equal hashes, under one key only', () => {
  const hashed = (username: unknown, hashKey = KEY): unknown =>
    (redact({ username }, { hash: ['username'], hashKey }) as { username: unknown }).username
  expect(hashed('ann')).toBe(hashed('ann'))
  expect(hashed('ann')).not.toBe(hashed('bob'))
  expect(hashed('ann')).not.toBe(hashed('ann', 'another key of length'))
  expect(hashed({ a: 1n })).toBe(hashed({ a: 1n }))
})

test('keep goes before everything else, the defaults too', () => {
  const rules = { keep: ['apiKey', 'body.token.**'], mask: ['body.*'] }
  expect(redact({ apiKey: 'k', body: { token: { secret: 's' }, x: 1 } }, rules)).toEqual({
    apiKey: 'k',
    body: { token: { secret: 's' }, x: '[redacted]' },
  })
})

test('with a list of headers no other header stays', () => {
  const requestHeaders = { accept: '*/*', 'X-Forwarded-For': '10.0.0.1', authorization: 'Bearer abc' }
  expect(
    redact({ requestHeaders, request: { headers: { a: 1, Accept: 'x' } } }, { headers: ['accept', 'authorization'] }),
  ).toEqual({
    requestHeaders: { accept: '*/*', authorization: '[redacted]' },
    request: { headers: { Accept: 'x' } },
  })
})

test('without defaults only the rules count, and without either there is no redactor', () => {
  expect(redact({ password: 'x', a: '4111111111111111', b: 1 }, { defaults: false, mask: ['b'] })).toEqual({
    password: 'x',
    a: '4111111111111111',
    b: '[redacted]',
  })
  expect(createRedactor({ defaults: false, mask: [] })).toBeUndefined()
})

test('card numbers are masked in texts, numbers, names and bytes', () => {
  const bytes = Buffer.from('card 4111111111111111')
  expect(
    redact({
      a: 'x 4111 1111 1111 1111',
      b: 4111111111111111,
      c: { '4111111111111111': 1 },
      bytes,
      n: 5555555555554444n,
    }),
  ).toEqual({
    a: 'x [redacted]',
    b: '[redacted]',
    c: { '[redacted]': 1 },
    bytes: Uint8Array.from(Buffer.from('card [redacted]')),
    n: '[redacted]',
  })
})

test('a name that is a secret itself takes its field with it', () => {
  expect(redact({ 'Bearer abcdef0123456789': 1, ok: 2 })).toEqual({ ok: 2 })
})

test('names and values as pairs, as lists in turn, and with dots in the name', () => {
  expect(
    redact({
      har: [
        { name: 'Authorization', value: 'x' },
        { name: 'Accept', value: 'y' },
      ],
      rawHeaders: ['Cookie', 'a=b', 'Accept', 'z'],
      'user.password': 'p',
    }),
  ).toEqual({
    har: [
      { name: 'Authorization', value: '[redacted]' },
      { name: 'Accept', value: 'y' },
    ],
    rawHeaders: ['Cookie', '[redacted]', 'Accept', 'z'],
    'user.password': '[redacted]',
  })
})

test('what cannot be looked into is masked and counted', () => {
  const redactor = redactorOf()
  let deep: unknown = 'x'
  for (let i = 0; i < 100; i++) deep = [deep]
  const result = redactor.record({ deep, zipped: Buffer.from('1f8b0800', 'hex') })
  expect(JSON.stringify(result)).toContain('[redacted]')
  expect(result['zipped']).toBe('[redacted]')
  expect(redactor.counts.failed).toBe(2)
})

test('a batch keeps its order; removed columns leave the shape; without secrets it is the same', () => {
  const builder = createRowBuilder()
  builder.add({ a: 1, drop: 2, b: 'text' })
  builder.add({ a: 4, password: 'x', c: { token: 1, d: new Date(5) } })
  builder.add({ path: '/a', statusCode: 200 })
  const batch = builder.take()
  const redactor = redactorOf({ remove: ['drop'] })
  const redacted = redactor.batch(batch)
  expect(redacted.shapes).toEqual([
    ['a', 'b'],
    ['a', 'password', 'c'],
    ['path', 'statusCode'],
  ])
  expect(readRows(redacted)).toEqual([
    [0, 1, 'text'],
    [1, 4, '[redacted]', { token: '[redacted]', d: new Date(5) }],
    [2, '/a', 200],
  ])
  expect(readRows(batch)[0]).toEqual([0, 1, 2, 'text'])
  expect(redactor.counts).toEqual({ masked: 2, removed: 1, hashed: 0, failed: 0 })
  builder.add({
    path: '/a?b=c',
    statusCode: 200,
    big: 2 ** 40,
    text: 'x'.repeat(70_000),
    none: null,
    yes: true,
    neg: -9,
  })
  const clean = builder.take()
  expect(redactor.batch(clean)).toBe(clean)
})

test('what a reader will count in a redacted batch is known, so that its frame is never refused', () => {
  const builder = createRowBuilder()
  const wide = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`f${i}`, { deep: [i], secret: { a: [] } }]))
  builder.add({ ...wide, gone: [[]] })
  const redacted = redactorOf({ remove: ['gone', 'f0'] }).batch(builder.take())
  builder.add(redactorOf().record(Object.fromEntries(Object.entries(wide).slice(1))))
  expect(redacted.objects).toBe(builder.take().objects)
})

test.each([
  ...['method', 'host', 'route', 'userAgent', 'clientIp', 'orgId', 'apiId', 'errorName', 'protocol'],
  ...['requestBodyEncoding', 'responseBodyEncoding', 'traceId', 'spanId', 'parentSpanId', 'requestId'],
])('what a client may have written into %s is looked into, in a record and in a batch', name => {
  const record = { [name]: 'x/1.0 Bearer abc0123', b: '' }
  const masked = { [name]: 'x/1.0 Bearer [redacted]', b: '' }
  expect(redact(record)).toEqual(masked)
  const builder = createRowBuilder()
  builder.add(record)
  expect(readRows(redactorOf().batch(builder.take()))).toEqual([[0, masked[name], '']])
})

test('ids stay, also those whose digits are the number of a card', () => {
  const digits = '4111111111111111'
  const record = { traceId: `${digits}a0${digits}`.slice(0, 32), spanId: digits, requestId: `${digits}-12` }
  expect(redact(record)).toBe(record)
  const builder = createRowBuilder()
  builder.add(record)
  const batch = builder.take()
  expect(redactorOf().batch(batch)).toBe(batch)
  expect(redact({ id: digits, username: digits })).toEqual({ id: digits, username: '[redacted]' })
})

test('a field that is known to hold no secret is looked into when it holds something else', () => {
  expect(redact({ host: { password: 'x' }, outcome: { password: 'x' }, method: 'GET' })).toEqual({
    host: { password: '[redacted]' },
    outcome: { password: '[redacted]' },
    method: 'GET',
  })
})
