import { expect, test } from 'vitest'
import { chooseFields } from './fields.ts'

const all = { allow: [], deny: [], rename: {}, set: {}, tags: [] }

test('only what is allowed and not denied is left, and always the id', () => {
  const record = { id: '1', path: '/', statusCode: 200, 'x-a': 1, 'x-b': 2 }
  expect(chooseFields({ ...all, allow: ['path', 'x-*'], deny: ['x-b'] })(record)).toEqual({
    id: '1',
    path: '/',
    'x-a': 1,
  })
  expect(chooseFields({ ...all, deny: ['*'] })(record)).toEqual({ id: '1' })
})

test('a renamed field takes its new name from whoever had it', () => {
  const record = { a: 1, b: 2, c: 3 }
  expect(chooseFields({ ...all, rename: { a: 'b' } })(record)).toEqual({ b: 1, c: 3 })
  expect(chooseFields({ ...all, rename: { b: 'a' } })(record)).toEqual({ a: 2, c: 3 })
  expect(chooseFields({ ...all, rename: { a: 'b', b: 'a' } })(record)).toEqual({ b: 1, a: 2, c: 3 })
  expect(chooseFields({ ...all, rename: { z: 'b' } })(record)).toEqual(record)
  expect(chooseFields({ ...all, rename: { a: 'b' }, deny: ['a'] })(record)).toEqual({ b: 2, c: 3 })
})

test('a field that is set is what it is set to, after everything else', () => {
  const record = { region: 'us', a: 1 }
  expect(chooseFields({ ...all, allow: ['a'], rename: { a: 'b' }, set: { region: 'eu', b: 2 } })(record)).toEqual({
    region: 'eu',
    b: 2,
  })
})

test.each([
  [undefined, ['x', 'y']],
  [['x'], ['x', 'y']],
  [
    ['a', 'x'],
    ['a', 'x', 'y'],
  ],
  ['a', ['a', 'x', 'y']],
  [null, ['x', 'y']],
])('tags %j get more, each once: %j', (tags, expected) => {
  const record = tags === undefined ? {} : { tags: tags as string[] }
  expect(chooseFields({ ...all, tags: ['x', 'y'] })(record)).toEqual({ tags: expected })
})

test('a name that means a prototype is a name', () => {
  const shaped = chooseFields({ ...all, rename: { a: '__proto__' } })({ a: 1 })
  expect(Object.keys(shaped)).toEqual(['__proto__'])
  expect(Object.getPrototypeOf(shaped)).toBe(Object.prototype)
})
