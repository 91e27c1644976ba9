import { expect, test } from 'vitest'
import { type RedactRules, redactProblems } from './redact-rules.ts'
import { createRedactor } from './redactor.ts'

function redacted(text: string, rules: RedactRules = {}, field = 'text'): unknown {
  return createRedactor(rules)!.record({ [field]: text })[field]
}

const base64 = (text: string, alphabet: BufferEncoding = 'base64'): string => Buffer.from(text).toString(alphabet)

/** As states of logins are. */
const LOGIN = base64('{"user":"ann??>","password":"hunter2"}', 'base64url')
const MASKED_LOGIN = base64('{"user":"ann??>","password":"[redacted]"}', 'base64url')

test.each([
  ['/a?token=abc&x=1', '/a?token=[redacted]&x=1'],
  ['user=ann&password=hunter2', 'user=ann&password=[redacted]'],
  ['pass%77ord=hunter2;x&y=1', 'pass%77ord=[redacted]&y=1'],
  ['user[password]=hunter2&b=1', 'user[password]=[redacted]&b=1'],
  ['https://x.example/?sig=abc#top', 'https://x.example/?sig=[redacted]#top'],
  ['GET / HTTP/1.1\r\nCookie: a=b; c=d\r\nAccept: */*', 'GET / HTTP/1.1\r\nCookie: [redacted]\r\nAccept: */*'],
  ['{"user":"ann","password":"hun\\"ter2","x":1', '{"user":"ann","password":"[redacted]","x":1'],
  ['{"password":"hunter2', '{"password":"[redacted]'],
  ['{"secrets":{"a":"hunter2","b":', '{"secrets":[redacted]'],
  ['{"secret": 12345, "x": 1', '{"secret": [redacted], "x": 1'],
  ['{\\"password\\":\\"hunter2\\",\\"x', '{\\"password\\":\\"[redacted]\\",\\"x'],
  [
    '{}\n{"h":[{"name":"authorization","value":"hunter2"}]}',
    '{}\n{"h":[{"name":"authorization","value":"[redacted]"}]}',
  ],
  ['{"h":["cookie","hunter2","accept","*/*"],"x":', '{"h":["cookie","[redacted]","accept","*/*"],"x":'],
  ['{"a":{"pass\\u0077ord":"hunter2"},"a":{}}', '{"a":{"pass\\u0077ord":"[redacted]"},"a":{}}'],
  ['cb({"pass\\u0077ord":"hunter2"})', 'cb({"pass\\u0077ord":"[redacted]"})'],
  ['{"password":\n  "hunter2","x', '{"password":\n  "[redacted]","x'],
  ['/a?api+key=abc&card+number=1', '/a?api+key=[redacted]&card+number=[redacted]'],
  ['/a?card+number=1', '/a?card+number=[redacted]'],
  ['/a?credit%20card=1', '/a?credit%20card=[redacted]'],
  ["{'apiKey': 'abc'}", "{'apiKey': '[redacted]'}"],
  ['sent Bearer abc.def-0123 to', 'sent Bearer [redacted] to'],
  ['redis://user:hunter2@host/0', 'redis://user:[redacted]@host/0'],
  ['{"db":"postgres://user:hunter2', '{"db":"postgres://user:[redacted]'],
  ['see redis://:hunter2', 'see redis://:[redacted]'],
  ['x eyJhbGciOiJ.eyJzdWIiOiIx.c2lnbmF0dXJl y', 'x [redacted] y'],
  ['{"user":{"password":"x"},"n":1}', '{"user":{"password":"[redacted]"},"n":1}'],
  ['{"pass\\u0077ord":"x"}', '{"password":"[redacted]"}'],
  ['{"inner":"{\\"password\\":\\"x\\"}"}', '{"inner":"{\\"password\\":\\"[redacted]\\"}"}'],
  [
    '<a><ns:password type="x">hunter2</ns:password><n>1</n></a>',
    '<a><ns:password type="x">[redacted]</ns:password><n>1</n></a>',
  ],
  ['<login><x>1</x><password>hunter2', '<login><x>1</x><password>[redacted]'],
  ['<login>x<password>hunter2', '<login>x<password>[redacted]'],
  [
    '<login><password><![CDATA[hun<ter2]]></password></login>',
    '<login><password><![CDATA[[redacted]]]></password></login>',
  ],
  ['/a?data=%7B%22password%22%3A%22hunter2%22%7D&x=1', '/a?data={"password":"[redacted]"}&x=1'],
  [base64('Authorization: Bearer hunter2\r\nAccept: */*'), base64('Authorization: [redacted]\r\nAccept: */*')],
  [
    base64('{"user":"ann??>","password":"hunter2"}', 'base64url'),
    base64('{"user":"ann??>","password":"[redacted]"}', 'base64url'),
  ],
  [base64(base64('{"password":"hunter2"}')), base64(base64('{"password":"[redacted]"}'))],
  [`/a?x=1&state=${LOGIN}&y=2`, `/a?x=1&state=${MASKED_LOGIN}&y=2`],
  [`data=${base64('password=hunter2&user=ann')}`, `data=${base64('password=[redacted]&user=ann')}`],
  [
    `data=${base64('password=hunter2&x=1').replace('=', '%3D')}`,
    `data=${base64('password=[redacted]&x=1').replace('=', '%3D')}`,
  ],
  [`{"a":1,"b":"${LOGIN}","c":`, `{"a":1,"b":"${MASKED_LOGIN}","c":`],
  [
    `{"a":1,"b":"${base64('{"user":"ann","password":"hunter2').slice(0, -3)}`,
    `{"a":1,"b":"${base64('{"user":"ann","password":"[redacted]')}`,
  ],
  [`v1 ${LOGIN}, x`, `v1 ${MASKED_LOGIN}, x`],
  ['/a?p%2561ssword=hunter2', '/a?p%61ssword=[redacted]'],
  [`data=${encodeURIComponent(encodeURIComponent('{"password":"hunter2"}'))}`, 'data={"password":"[redacted]"}'],
])('%j', (text, expected) => {
  expect(redacted(text)).toBe(expected)
})

test.each([
  '/orders/12345?page=2&sort=asc',
  '[info] 12:30:00 started: ok',
  'basic training, bearer of news',
  '{"a": 1,  "b": [1.0, 12345678901234567890]}',
  'a=b=c==',
  'mailto:ann@example.org',
  '/search?q=%7B%22page%22%3A2%7D&%E4=%ff',
  '4bf92f3577b34da6a3ce929d0e0e4736',
  'an-honest-slug-of-a-page-that-is-long',
  base64('nothing to see in this text at all, really'),
  `/a?x=${base64('nothing to see in this text at all, really')}&y=1`,
  '/articles/a-decade-of-accounts-and-codes?page=%2Fcode%2B1',
  '<a><b c="d">e</b></a>',
  'http://localhost:8080',
  'listens on http://10.0.0.1:80.',
  'http://[::1]:8080',
  'mongodb://a.example:27017,b.example:27017',
  '{"u":"http://a.example:8080","x":1',
  'see http://a.example/b:c',
  '<a>cut <b>in the middle',
  'if a<b and c>d then e',
])('%j stays as it is, to the letter', text => {
  expect(redacted(text)).toBe(text)
})

test('query names of the rules count in texts and in the field query', () => {
  const redactor = createRedactor({ query: ['code', 'x-*'] })!
  expect(redactor.record({ url: '/cb?code=1&X_id=2&ok=3', query: { code: 'a', xyz: 'b', ok: 'c' }, code: 5 })).toEqual({
    url: '/cb?code=[redacted]&X_id=[redacted]&ok=3',
    query: { code: '[redacted]', xyz: '[redacted]', ok: 'c' },
    code: 5,
  })
})

test('a path reaches into JSON that is text; what was walked is what goes on', () => {
  const rules = { mask: ['body.user.pin'] }
  expect(redacted('{"user":{"pin":1,"pin":2},"x":[ ]}', rules, 'body')).toBe('{"user":{"pin":"[redacted]"},"x":[]}')
  expect(redacted('{"user":{"pin":1},"user":{}}', rules, 'body')).toBe('{"user":{}}')
})

test('JSON that was cut is masked as a whole where a rule names a path in it', () => {
  const redactor = createRedactor({ mask: ['body.user.pin'] })!
  expect(redactor.record({ body: '{"user":{"pin":1', other: '{"user":{"pin":1' })).toEqual({
    body: '[redacted]',
    other: '{"user":{"pin":1',
  })
  expect(redactor.counts.failed).toBe(1)
})

test('patterns mask what they find in any text, also in fields the defaults pass by', () => {
  const rules = { patterns: ['\\bsk_(live|test)_[a-z0-9]+'] }
  expect(redacted('a sk_live_abc1 b', rules)).toBe('a [redacted] b')
  expect(redacted('sk_test_1', rules, 'userAgent')).toBe('[redacted]')
})

test.each([
  ['{"ssn":123456789}', '{"ssn":[redacted]}'],
  ['{"ssn":123456789,"password":"x"}', '{"ssn":[redacted],"password":"[redacted]"}'],
  [
    '{"a":{"token":"x","n":[123456789]},"b":"is 123456789"}',
    '{"a":{"token":"[redacted]","n":[[redacted]]},"b":"is [redacted]"}',
  ],
])('patterns mask what they find in JSON, also in numbers and beside what was masked by name: %j', (text, expected) => {
  expect(redacted(text, { patterns: ['\\b\\d{9}\\b'] })).toBe(expected)
})

test('a pattern across names and values finds them in JSON in which something was masked', () => {
  expect(redacted('{"ssn":12,"password":"x"}', { patterns: ['"ssn":\\d+'] })).toBe(
    '{[redacted],"password":"[redacted]"}',
  )
})

test('patterns leave alone what stands in place of a value', () => {
  const rules = { hash: ['text.user'], hashKey: 'a key of some length', patterns: ['redact|[0-9a-f]{2}', 'acted'] }
  expect(redacted('{"user":"ann","password":"y","z":"12"}', rules)).toMatch(
    /^\{"user":"hmac:[0-9a-f]{32}","password":"\[redacted\]","z":"\[redacted\]"\}$/,
  )
})

test('what cannot be a rule is said with its place', () => {
  const rules = { mask: ['a..b', 'ok.**.x*'], hash: ['user'], patterns: ['(a)\\1'] }
  expect(redactProblems(rules).map(({ path }) => path)).toEqual(['mask.0', 'patterns.0', 'hashKeyFile'])
  expect(redactProblems({ ...rules, mask: [], patterns: [], hashKey: 'short' })).toEqual([
    { path: 'hashKeyFile', found: 'a key that is too short', expected: expect.stringContaining('16') },
  ])
  expect(redactProblems({})).toEqual([])
})
