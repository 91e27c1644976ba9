/** Rules that name a path into a text: what the text is decides whether they can be applied. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RedactRules } from './redact-rules.ts'
import { createRedactor, type Redactor } from './redactor.ts'

const USER = '{"user":{"pin":"1234"}}'

function redacted(body: unknown, rules: RedactRules = { mask: ['body.user.pin'] }): [unknown, failed: number] {
  const redactor: Redactor = createRedactor(rules)!
  return [redactor.record({ body })['body'], redactor.counts.failed]
}

test.each([
  ['server-sent events', `data: ${USER}\n\n`],
  ['a guard before JSON', `)]}',\n${USER}`],
  ['JSONP', `cb(${USER});`],
  ['lines of a log', `done ${USER}`],
  ['YAML', 'user:\n  pin: 1234\n'],
  ['XML', '<user><pin>1234</pin></user>'],
  ['a table', 'user\tpin\nann\t1234\n'],
  ['a part of multipart', '--x\r\nContent-Disposition: form-data; name="user[pin]"\r\n\r\n1234\r\n--x--'],
  ['percent-encoding', encodeURIComponent(USER)],
  ['JSON that was cut', USER.slice(0, -4)],
  ['bytes', Buffer.from(`data: ${USER}\n\n`)],
])('%s is masked as a whole where a rule names a path into it, whatever the rule asks for', (_, body) => {
  const all = body instanceof Buffer ? Uint8Array.from(Buffer.from('[redacted]')) : '[redacted]'
  expect(redacted(body)).toEqual([all, 1])
  expect(redacted(body, { defaults: false, remove: ['body.*.pin'] })).toEqual([all, 1])
  expect(redacted(body, { hash: ['body.**.pin'], hashKey: 'a key of some length' })).toEqual([all, 1])
})

test.each([
  ['OK', 'OK'],
  ['Not found, sorry.\n', 'Not found, sorry.\n'],
  ['', ''],
  ['"OK"', '"OK"'],
  [USER, '{"user":{"pin":"[redacted]"}}'],
  [JSON.stringify(USER), JSON.stringify('{"user":{"pin":"[redacted]"}}')],
  ['{"user":{"name":"x"},"url":"http://x/?user=1"}', '{"user":{"name":"x"},"url":"http://x/?user=1"}'],
  ['a=1&user[pin]=12;34&b=2', 'a=1&user[pin]=[redacted]&b=2'],
  ['a=1&user.pin=1234', 'a=1&user.pin=[redacted]'],
  ['a=1&user=ann', 'a=1&user=ann'],
  [Buffer.from(USER).toString('base64'), Buffer.from('{"user":{"pin":"[redacted]"}}').toString('base64')],
  ['4bf92f3577b34da6a3ce929d0e0e4736', '4bf92f3577b34da6a3ce929d0e0e4736'],
  ['[redacted]', '[redacted]'],
])('what can be looked into is, and what holds no names stays: %j', (body, expected) => {
  expect(redacted(body)).toEqual([expected, 0])
  expect(redacted(body, { defaults: false, mask: ['body.user.pin'] })).toEqual([expected, 0])
})

test('a value of a form that is itself encoded JSON is masked where a path goes on in it', () => {
  const body = `a=1&user=${encodeURIComponent('{"pin":"1234"}')}&b=2`
  expect(redacted(body)).toEqual(['a=1&user=[redacted]&b=2', 1])
})

test('a rule that names no field, or that only keeps, says of no text that it has a structure', () => {
  const body = 'Error: no <b>order</b> [7] = none'
  for (const rules of [
    { mask: ['*.pin'] },
    { mask: ['**.user.pin'] },
    { keep: ['body.user.pin'] },
    { query: ['pin'] },
  ]) {
    expect(redacted(body, rules)).toEqual([body, 0])
  }
})

test.each([
  [`data: ${USER}\n\n`, 'data: {"user":[redacted]'],
  [USER.slice(0, -4), '{"user":[redacted]'],
  [`{"inner":${JSON.stringify(USER)}`, '{"inner":"{\\"user\\":[redacted]'],
  ['{"user":"{\\"pin\\":1234}","x":1', '{"user":"[redacted]","x":1'],
  ['name: x\nuser:\n  pin: 1234\n', 'name: x\nuser:[redacted]'],
  ['<a><user><pin>1234</pin></user></a>', '[redacted]'],
  ['/p?user={"pin":"1234"}', '/p?user=[redacted]'],
])('a name of which a path goes on inside is masked with what it holds, wherever it stands: %j', (body, expected) => {
  expect(redacted(body, { mask: ['**.user.pin'] })).toEqual([expected, 1])
})

test('a text among others is no body: only what it holds under such a name is masked', () => {
  const rules = { mask: ['body.list.user.pin'] }
  const list = ['done: a=1', `data: ${USER}`, USER, USER.slice(0, -4)]
  expect(redacted({ list }, rules)).toEqual([
    { list: ['done: a=1', 'data: {"user":[redacted]', '{"user":{"pin":"[redacted]"}}', '[redacted]'] },
    2,
  ])
})

test('of a name that stands twice in JSON only what was walked goes on, also under a rule that names no field', () => {
  const rules = { mask: ['**.user.pin'] }
  expect(redacted('{"a":{"user":{"pin":1},"user":{}}}', rules)).toEqual(['{"a":{"user":{}}}', 0])
  expect(redacted('{"us\\u0065r":{"pin":1},"us\\u0065r":{}}', rules)).toEqual(['{"user":{}}', 0])
  expect(redacted('{"a": {"b": 1.0}}', rules)).toEqual(['{"a": {"b": 1.0}}', 0])
})

test('such a name with a plain value stays', () => {
  for (const body of ['saw user: ann, user=ann', '{"user":"ann","x":', '<user>ann', '/p?user=ann&x=1']) {
    expect(redacted(body, { mask: ['**.user.pin'] })).toEqual([body, 0])
  }
})

test('elements of XML are looked for also where nothing else in the text is a sign of names', () => {
  expect(redacted('<iban>DE12</iban>', { mask: ['**.iban'] })).toEqual(['<iban>[redacted]</iban>', 0])
})

test('what one redactor masked is not counted by the next one', () => {
  const rules = { mask: ['body.user.pin'] }
  const first = createRedactor(rules)!.record({ body: `data: ${USER}` })
  const second = createRedactor(rules)!
  expect(second.record(first)).toBe(first)
  expect(second.counts).toEqual({ masked: 0, removed: 0, hashed: 0, failed: 0 })
})

test('whatever stands around JSON, nothing under a name of a path comes through, and once is enough', () => {
  const around = fc.string({ unit: fc.constantFrom(...`ab 1;,#()[]{}'"<>:=&?%+\n`), maxLength: 8 })
  const write = fc.constantFrom(
    (value: unknown) => JSON.stringify(value),
    (value: unknown) => JSON.stringify(value, null, 2),
    (value: unknown) => JSON.stringify(JSON.stringify(value)),
  )
  const rules = fc.constantFrom<RedactRules>(
    { mask: ['body.user.pin'] },
    { mask: ['**.user.pin'], defaults: false },
    { remove: ['*.user.**.pin'] },
  )
  fc.assert(
    fc.property(around, around, write, rules, (before, after, print, rule) => {
      const body = before + print({ kept: 1, user: { name: 'x', pin: 'planted9' } }) + after
      const once = createRedactor(rule)!.record({ body })
      expect(JSON.stringify(once)).not.toContain('planted9')
      expect(createRedactor(rule)!.record(once)).toEqual(once)
    }),
    { numRuns: 2_000 },
  )
})
