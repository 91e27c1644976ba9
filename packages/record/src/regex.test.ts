import { expect, test } from 'vitest'
import { compileRegex } from './regex.ts'

test('a pattern is found anywhere unless it is anchored', () => {
  expect(compileRegex('bot|spider').test('a spider came')).toBe(true)
  expect(compileRegex('^/v\\d+/').test('/v12/orders')).toBe(true)
  expect(compileRegex('^/v\\d+/').test('/a/v12/')).toBe(false)
  expect(compileRegex('(?i)^get$').test('GeT')).toBe(true)
})

test('asked twice it answers the same', () => {
  const regex = compileRegex('a')
  expect([regex.test('ba'), regex.test('ba'), regex.test('b'), regex.test('ba')]).toEqual([true, true, false, true])
})

test('every place is replaced, by a text as it is or by what a function makes of it', () => {
  const address = compileRegex('[a-z]+@[a-z]+')
  expect(address.replaceAll('me@x, you@y', '$1 \\1')).toBe('$1 \\1, $1 \\1')
  expect(address.replaceAll('me@x, you@y', found => found.toUpperCase())).toBe('ME@X, YOU@Y')
  expect(address.replaceAll('nobody', 'x')).toBe('nobody')
  expect(compileRegex('(a)(b)').replaceAll('ab', (...found) => found.join())).toBe('ab')
})

test.each(['', 'x*', '\\d*', '(a)?', '|a', '^', '(?m)$', '\\b', '\\B', '\\b\\d*', '_*\\b'])(
  '%j finds the empty text',
  source => {
    expect(compileRegex(source).findsEmpty()).toBe(true)
  },
)

test.each(['x+', 'x', '^x*y$', '\\bsk_\\w+', 'x{1,3}', '(?s).'])('%j finds a character at least', source => {
  expect(compileRegex(source).findsEmpty()).toBe(false)
})

test.each(['(?=a)', '(a)\\1', '(', 'a{1,2000}', '((a{1,100}){1,100}){1,100}', 'x'.repeat(1001)])(
  '%j cannot be bounded in time, or is no pattern: refused with a code',
  source => {
    expect(() => compileRegex(source)).toThrow(expect.objectContaining({ code: 'PH_CONFIG_INVALID' }))
  },
)

test.each([
  ['(a+)+$', 'a'.repeat(250_000).concat('!')],
  ['(x+x+)+y', 'x'.repeat(250_000)],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(250_000)],
  ['(.*){1,32}[bc]$', 'a'.repeat(250_000)],
  ['[ab]*a[ab]{18}c$', 'abbabaaab'.repeat(25_000).concat('cd')],
])('%j, which makes a backtracking engine explode, is done with', (source, text) => {
  const started = performance.now()
  expect(compileRegex(source).test(text)).toBe(false)
  // A backtracking engine would need longer than the universe has; this one some 100 ms for the worst, on a busy machine more.
  expect(performance.now() - started).toBeLessThan(10_000)
})
