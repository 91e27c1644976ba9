import { expect, test } from 'vitest'
import { createPrettyLine } from './pretty-line.ts'

const plain = createPrettyLine({ colors: false })
const timestamp = Date.UTC(2026, 10, 21, 5, 1, 2, 123)

test('puts what a reader looks for first, and the rest behind it', () => {
  const record = {
    id: '0'.repeat(24),
    timestamp,
    method: 'GET',
    path: '/orders/42',
    statusCode: 200,
    durationMs: 12.34,
  }
  expect(plain({ ...record, outcome: 'ok', username: 'ann', tags: ['a'] })).toBe(
    '05:01:02.123 GET    /orders/42 200 12.3 ms username="ann" tags=["a"]',
  )
})

test('names how a request ended when that was not well', () => {
  expect(plain({ method: 'POST', path: '/x', outcome: 'aborted' })).toBe('POST   /x aborted')
})

test('colours the status by its class', () => {
  const colored = createPrettyLine({ colors: true })
  expect(colored({ statusCode: 204 })).toBe('\x1b[32m204\x1b[0m')
  expect(colored({ statusCode: 404 })).toBe('\x1b[33m404\x1b[0m')
  expect(colored({ statusCode: 500 })).toBe('\x1b[31m500\x1b[0m')
})

test('lets no control character of a record through to the terminal, nor a line end', () => {
  const line = plain({ path: '/\x1b[2J\r\n\u009b', method: '\x07', 'key\x1b': 'v\x1b', n: { '\u2028': 1 } } as never)
  expect(line).not.toMatch(/[\p{Cc}\u2028]/u)
  expect(line).toContain('/\\u001b[2J\\u000d\\u000a\\u009b')
})

test('takes any record, and cuts a long rest', () => {
  expect(plain({})).toBe('')
  expect(plain({ timestamp: 'soon', statusCode: 'OK', durationMs: null } as never)).toBe('soon OK')
  expect(plain({ timestamp: 1e20 })).toBe('100000000000000000000')
  expect(plain({ a: 'x'.repeat(1000), b: 1n, c: new Uint8Array(1) }).length).toBeLessThan(300)
})
