import { compileGlob } from '@pumphouse/record'
import { describe, expect, test } from 'vitest'
import type { Condition, FieldPatterns } from '../config/policies.ts'
import { compileFilter } from './filter.ts'

const passes = (record: Record<string, unknown>, include: FieldPatterns, exclude: FieldPatterns = {}): boolean =>
  compileFilter({ include, exclude })?.(record) ?? true

describe('a filter', () => {
  test('is nothing at all when no field is named', () => {
    expect(compileFilter({ include: {}, exclude: {} })).toBeUndefined()
  })

  test.each([
    [200, ['2xx'], true],
    [299, ['2xx'], true],
    [300, ['2xx'], false],
    [500, ['500-599'], true],
    [599, ['500-599'], true],
    [600, ['500-599'], false],
    [404, [404], true],
    [404, ['404'], true],
    ['404', [404], true],
    [404, ['2xx', 404], true],
    [200.5, ['2xx'], true],
    [true, [true], true],
    [false, [true], false],
    [10n, [10], true],
    ['GET', ['GET', 'POST'], true],
    ['get', ['GET'], false],
    ['2xx', ['2xx'], true],
    ['/internal/a/b', ['/internal/*'], true],
    ['/public', ['/internal/*'], false],
    [['a', 'probe'], ['probe'], true],
    [['a', 'b'], ['probe'], false],
    [[], ['*'], false],
    [[['probe']], ['probe'], false],
    [null, ['*'], false],
    [undefined, ['*'], false],
    [{ probe: 1 }, ['*'], false],
    [new Date(0), ['*'], false],
  ])('finds %o matching %o: %s', (value, patterns, expected) => {
    expect(passes({ field: value }, { field: patterns })).toBe(expected)
  })

  test('wants every included field to match', () => {
    const include = { statusCode: ['2xx'], method: ['GET'] }
    expect(passes({ statusCode: 200, method: 'GET' }, include)).toBe(true)
    expect(passes({ statusCode: 200, method: 'PUT' }, include)).toBe(false)
    expect(passes({ statusCode: 200 }, include)).toBe(false)
  })

  test('drops a record when any excluded field matches, included or not', () => {
    const exclude = { username: ['probe'], path: ['/internal/*'] }
    expect(passes({ path: '/a', username: 'ann' }, {}, exclude)).toBe(true)
    expect(passes({ path: '/a', username: 'probe' }, {}, exclude)).toBe(false)
    expect(passes({ path: '/internal/x', username: 'ann' }, { username: ['ann'] }, exclude)).toBe(false)
  })

  test.each<[unknown, FieldPatterns[string], boolean]>([
    ['/v2/orders', [{ regex: '^/v\\d+/' }], true],
    ['/orders', [{ regex: '^/v\\d+/' }], false],
    [404, [{ regex: '^4' }], true],
    [['a', 'bot-1'], [{ regex: '^bot' }], true],
    [0.5, [{ min: 0.5 }], true],
    [0.4, [{ min: 0.5 }], false],
    [9, [{ min: 0.5, max: 9 }], true],
    [9.1, [{ max: 9 }], false],
    ['5', [{ min: 1 }], false],
    ['', [{ exists: true }], true],
    [[], [{ exists: true }], true],
    [null, [{ exists: true }], false],
    [undefined, [{ exists: true }], false],
    [undefined, [{ exists: false }], true],
    [null, [{ exists: false }], true],
    [0, [{ exists: false }], false],
    ['GET', [{ not: ['GET', 'HEAD'] }], false],
    ['PUT', [{ not: ['GET', 'HEAD'] }], true],
    [undefined, [{ not: ['GET'] }], true],
    [['a', 'b'], [{ not: ['b'] }], false],
    [503, [{ not: [{ not: ['5xx'] }] }], true],
    [404, ['5xx', { not: ['4xx'] }], false],
  ])('finds %o matching %o: %s', (value, patterns, expected) => {
    expect(passes({ field: value }, { field: patterns })).toBe(expected)
  })

  test.each<[Condition, object, boolean]>([
    [{ any: [{ fields: { a: [1] } }, { fields: { b: [1] } }] }, { b: 1 }, true],
    [{ any: [{ fields: { a: [1] } }, { fields: { b: [1] } }] }, { c: 1 }, false],
    [{ all: [{ fields: { a: [1] } }, { fields: { b: [1] } }] }, { a: 1 }, false],
    [{ all: [{ fields: { a: [1] } }, { fields: { b: [1] } }] }, { a: 1, b: 1 }, true],
    [{ not: { fields: { a: [1], b: [1] } } }, { a: 1 }, true],
    [{ not: { fields: { a: [1], b: [1] } } }, { a: 1, b: 1 }, false],
    [{ not: { any: [{ fields: { a: [1] } }] } }, {}, true],
  ])('under the condition %j passes %j: %s', (where, record, expected) => {
    expect(compileFilter({ include: {}, exclude: {}, where })?.({ ...record })).toBe(expected)
  })

  test('excludes what include and where want', () => {
    const filter = compileFilter({ include: { a: [1] }, exclude: { b: [1] }, where: { fields: { c: [1] } } })
    expect(filter?.({ a: 1, c: 1 })).toBe(true)
    expect(filter?.({ a: 1, b: 1, c: 1 })).toBe(false)
    expect(filter?.({ a: 1 })).toBe(false)
  })

  test('looks into mappings by dots, after a field of the very name', () => {
    expect(passes({ request: { user: { id: 7 } } }, { 'request.user.id': [7] })).toBe(true)
    expect(passes({ request: { user: 'ann' } }, { 'request.user.id': ['*'] })).toBe(false)
    expect(passes({ 'request.user': 'ann', request: { user: 'bob' } }, { 'request.user': ['ann'] })).toBe(true)
    expect(passes({ request: {} }, { 'request.constructor.name': [{ exists: true }] })).toBe(false)
  })

  test('never matches what a record inherits', () => {
    expect(passes({}, { constructor: ['*'] })).toBe(false)
    expect(passes({}, { constructor: [{ exists: true }] })).toBe(false)
    expect(passes({}, { toString: [{ not: ['x'] }] })).toBe(true)
    expect(passes(JSON.parse('{"constructor":"a"}'), { constructor: ['a'] })).toBe(true)
  })
})

describe('a glob', () => {
  test.each([
    ['*', '', true],
    ['*', 'anything/at all', true],
    ['a*', 'a', true],
    ['a*b', 'ab', true],
    ['a*b', 'a', false],
    ['aba*aba', 'aba', false],
    ['a*b*c', 'aXbYc', true],
    ['a*b*c', 'aXcYb', false],
    ['**a**', 'bab', true],
    ['*.php', '/x.php', true],
    ['*.php', '/xphp', false],
    ['a.c', 'abc', false],
    ['a*bc*cd', 'abcd', false],
    ['', '', true],
    ['', 'a', false],
  ])('%j on %j: %s', (pattern, text, expected) => {
    expect(compileGlob(pattern)(text)).toBe(expected)
  })

  test('takes no longer for a pattern made to explode', () => {
    // A busy machine may be elsewhere during one measurement; a pattern that explodes does so each time.
    const took = Array.from({ length: 5 }, () => {
      const started = performance.now()
      expect(compileGlob('a*'.repeat(40).concat('b'))('a'.repeat(20_000))).toBe(false)
      return performance.now() - started
    })
    expect(Math.min(...took)).toBeLessThan(200)
  })
})
