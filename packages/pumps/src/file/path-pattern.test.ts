import { join, sep } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyText } from '../../test/any-text.ts'
import { compilePath, fixedFolder } from './path-pattern.ts'

const pathOf = (pattern: string, record: object): string | undefined => compilePath(pattern)?.pathOf(record as never)
const timestamp = Date.UTC(2026, 10, 1, 5, 7, 9)

test('puts the time of the record, in UTC, and its fields into the path', () => {
  const record = { timestamp, service: 'orders', statusCode: 404 }
  expect(pathOf('/x/{service}/{yyyy-MM-dd}/{HH}.jsonl', record)).toBe('/x/orders/2026-11-01/05.jsonl')
  expect(pathOf('{yyyy}{MM}{dd}T{HH}{mm}-{statusCode}', record)).toBe('20261101T0507-404')
  expect(pathOf('{yyyy.MM.dd}.jsonl', { timestamp: timestamp + 86_400_000 })).toBe('2026.11.02.jsonl')
})

test('knows a path that depends on no record, and refuses braces that do not match', () => {
  expect(compilePath('/var/log/records.jsonl')?.fixed).toBe('/var/log/records.jsonl')
  expect(compilePath('/var/{a}')?.fixed).toBeUndefined()
  for (const wrong of ['{', 'a}', '{}', '{a{b}}', '{a}}']) expect(compilePath(wrong)).toBeUndefined()
})

test.for([undefined, 'soon', Number.NaN, 1e300])(
  'takes the time of the id, whatever the clock says, for a record whose own is %j; without an id that of now',
  timestamp => {
    const year = String(new Date().getUTCFullYear())
    const seconds = (Date.UTC(2019, 5, 1) / 1000).toString(16).padStart(8, '0')
    expect(pathOf('{yyyy-MM}', { timestamp, id: `${seconds}0102030405060708` })).toBe('2019-06')
    for (const id of [undefined, 'mine']) expect(pathOf('{yyyy}', { timestamp, id })).toBe(year)
  },
)

test.for([
  ['../../etc/passwd', '__.._etc_passwd'],
  ['..', '_'],
  ['.hidden', '_hidden'],
  ['a/b\\c', 'a_b_c'],
  ['\0', '_'],
  ['', '_'],
  ['api.example.com', 'api.example.com'],
  ['x'.repeat(1000), 'x'.repeat(64)],
  [undefined, '_'],
  [null, '_'],
  [{ toString: 1 }, '_'],
  ['日本', '__'],
] as const)('makes %j a harmless part of a name', ([value, part]) => {
  expect(pathOf('/x/{v}.jsonl', { v: value })).toBe(`/x/${part}.jsonl`)
})

test('lets no value at the end of a path look like a lock or a file set aside', () => {
  expect(pathOf('/x/{v}', { v: 'orders.lock' })).toBe('/x/orders_lock')
  expect(pathOf('/x/{v}', { v: 'orders.20261121T050102.123Z' })).toBe('/x/orders_20261121T050102_123Z')
})

test('takes a field of the record only, not what every object has', () => {
  expect(pathOf('{constructor}', {})).toBe('_')
})

test('never leaves the folder of the pattern, whatever the values are', () => {
  fc.assert(
    fc.property(anyText, fc.string(), (a, b) => {
      const path = pathOf('/base/{a}/x{b}', { a, b }) as string
      expect(join(path).split(sep).length).toBe(4)
      expect(join(path).startsWith('/base/')).toBe(true)
    }),
  )
})

test('names the folder that all paths have in common', () => {
  expect(fixedFolder('/var/log/{a}/b')).toBe('/var/log/')
  expect(fixedFolder('/var/log/records-{a}')).toBe('/var/log/')
})
