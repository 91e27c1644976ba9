import { describe, expect, test } from 'vitest'
import { rowLimits } from './row-limits.ts'
import { createSnapshot } from './snapshot.ts'

function copy(value: unknown): { copied: unknown; counted: string[] } {
  const counted: string[] = []
  const snapshot = createSnapshot(rowLimits({ maxFieldLength: 100 }), { bytes: 1e6, values: 1e4 }, r => counted.push(r))
  return { copied: snapshot.copy(value), counted }
}

describe('a copied value', () => {
  test.each<[string, unknown, unknown]>([
    ['a string', 'text', 'text'],
    ['a lone surrogate, replaced only when encoded', '\ud800', '\ud800'],
    ['minus zero', -0, -0],
    ['true', true, true],
    ['null', null, null],
    ['the largest 64-bit integer', 2n ** 64n - 1n, 2n ** 64n - 1n],
    ['the smallest', -(2n ** 63n), -(2n ** 63n)],
    ['a date', new Date(5), new Date(5)],
    ['a buffer', Buffer.from('ab'), Uint8Array.of(97, 98)],
    ['a view', new Uint16Array([1, 2]).subarray(1), Uint8Array.of(2, 0)],
    ['an array buffer', new Uint8Array([7]).buffer, Uint8Array.of(7)],
    ['shared memory', new Uint8Array(new SharedArrayBuffer(2)), Uint8Array.of(0, 0)],
    [
      'a map',
      new Map<unknown, unknown>([
        ['a', 1],
        [2, new Map()],
      ]),
      { a: 1, 2: {} },
    ],
    ['a set', new Set([1, 'a']), [1, 'a']],
    [
      'an error, without what hangs on it',
      Object.assign(new TypeError('no'), { config: { auth: 'secret' } }),
      { name: 'TypeError', message: 'no' },
    ],
    ['a URL', new URL('http://a/b'), 'http://a/b'],
    ['a regular expression', /a+/gi, '/a+/gi'],
    ['boxed primitives', [Object('s'), Object(1), Object(false), Object(1n)], ['s', 1, false, 1n]],
    ['what toJSON gives', { toJSON: () => ({ shown: [1] }) }, { shown: [1] }],
    ['undefined and holes', [undefined, Object.assign(new Array(2), { 1: 1 })], [null, [null, 1]]],
    ['undefined in an object', { a: undefined, b: 1 }, { b: 1 }],
    [
      'a class instance',
      new (class {
        a = 1
        get b() {
          return 2
        }
      })(),
      { a: 1 },
    ],
    ['a promise', Promise.resolve(1), {}],
    ['symbol keys', { [Symbol('s')]: 1, a: 1 }, { a: 1 }],
  ])('%s', (_, value, expected) => {
    expect(copy(value)).toEqual({ copied: expected, counted: [] })
  })

  test.each<[string, unknown, unknown, string[]]>([
    ['NaN', Number.NaN, null, ['not_finite']],
    [
      'infinities',
      [Number.POSITIVE_INFINITY, Object(Number.NEGATIVE_INFINITY)],
      [null, null],
      ['not_finite', 'not_finite'],
    ],
    ['a date without a time', new Date(Number.NaN), null, ['invalid_date']],
    ['functions', { f: () => 1, l: [() => 1] }, { l: [null] }, ['function', 'function']],
    ['symbols', [Symbol('a'), Object(Symbol('b'))], [null, null], ['symbol', 'symbol']],
    ['a bigint beyond 64 bits', 2n ** 64n, '18446744073709551616', ['bigint_too_wide']],
    ['a bigint of a million bits', 1n << 1_000_000n, undefined, ['too_long']],
    ['many bytes', new Uint8Array(200), new Uint8Array(100), ['too_long']],
    ['a long string', 'ä'.repeat(200), 'ä'.repeat(100), ['too_long']],
    [
      'a map with keys that are no names',
      new Map<unknown, unknown>([
        [{}, 1],
        ['a', 2],
      ]),
      { a: 2 },
      ['reserved_key'],
    ],
  ])('%s, counted', (_, value, expected, counted) => {
    expect(copy(value)).toEqual({ copied: expected, counted })
  })

  test('is exactly the kind that another thread can be sent', () => {
    const { copied } = copy({ b: Buffer.from('x'), d: new (class extends Date {})(3) })
    expect(copied).toStrictEqual({ b: Uint8Array.of(120), d: new Date(3) })
  })

  test('of bytes has memory of its own, no more than it needs', () => {
    const { copied } = copy(Buffer.from('abc'))
    expect((copied as Uint8Array).buffer.byteLength).toBe(3)
  })
})
