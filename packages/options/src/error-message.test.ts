import { expect, test } from 'vitest'
import { errorMessage } from './error-message.ts'

test.each([
  [new Error('no answer'), 'no answer'],
  [new TypeError(''), 'TypeError'],
  ['text', 'text'],
  [undefined, 'undefined'],
  [new AggregateError([new Error('one'), new Error('two')], ''), 'one; two'],
  [new Error('connect mongodb://ann:secret@db:27017/x failed'), 'connect mongodb://ann:***@db:27017/x failed'],
  [Object.create(null), 'an error that cannot be shown'],
])('%o says %s', (error, text) => {
  expect(errorMessage(error)).toBe(text)
})

test('a long message is cut', () => {
  expect(errorMessage(new Error('x'.repeat(10_000)))).toHaveLength(500)
})
