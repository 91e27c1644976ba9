import { expect, test } from 'vitest'
import { createTemplateLines } from './template-lines.ts'

function line(template: string, record: object): string | undefined {
  const toLines = createTemplateLines(template)
  return toLines && Buffer.concat(toLines([record as never]).chunks).toString()
}

test('fills in the time and the fields of the record', () => {
  const record = {
    timestamp: Date.UTC(2026, 10, 21, 5, 1, 2, 34),
    method: 'GET',
    path: '/a b',
    statusCode: 200,
    tags: ['x'],
    at: new Date(0),
  }
  expect(line('{yyyy-MM-dd}T{HH:mm:ss.SSS}Z {method} {path} {statusCode} {tags} {at} {username}', record)).toBe(
    '2026-11-21T05:01:02.034Z GET /a b 200 ["x"] 1970-01-01T00:00:00.000Z -\n',
  )
})

test('shows each record at its own time', () => {
  const toLines = createTemplateLines('{ss.SSS}')
  const batch = [1_000, 1_001, 1_001, 2_000].map(timestamp => ({ timestamp }))
  expect(Buffer.concat(toLines?.(batch).chunks ?? []).toString()).toBe('01.000\n01.001\n01.001\n02.000\n')
})

test('lets no record forge a line or talk to the terminal', () => {
  expect(line('{a} {b}', { a: 'x\n2026 fake', b: { c: '\x1b[2J\u009b' } })).toBe(
    'x\\u000a2026 fake {"c":"\\u001b[2J\\u009b"}\n',
  )
})

test('refuses braces that do not match, and takes a field of the record only', () => {
  for (const wrong of ['{', '}', '{}', '{a']) expect(createTemplateLines(wrong)).toBeUndefined()
  expect(line('{toString}', {})).toBe('-\n')
})
