import { expect, test } from 'vitest'
import { nearest } from './nearest.ts'

const known = ['batch', 'enabled', 'filters', 'maxBytes', 'purgeDelay', 'retry', 'timeout', 'type']

test.each([
  ['maxByte', 'maxBytes'],
  ['fitlers', 'filters'],
  ['tiemout', 'timeout'],
  ['purgedelay', 'purgeDelay'],
  ['purge_delay', 'purgeDelay'],
  ['enable', 'enabled'],
  ['tpye', 'type'],
])('%s is taken for %s', (typed, meant) => {
  expect(nearest(typed, known)).toBe(meant)
})

test.each(['', 'x', 'elasticsearch', 'a'.repeat(10_000)])('nothing is near "%.20s"', typed => {
  expect(nearest(typed, known)).toBeUndefined()
})
