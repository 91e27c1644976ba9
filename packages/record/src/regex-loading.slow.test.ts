/** In a file of its own, so that no other test has loaded it before. */
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { compileRegex } from './regex.ts'

test('the engine is loaded with the first pattern, not before', () => {
  const { cache } = createRequire(import.meta.url)
  const isLoaded = (): boolean => Object.keys(cache).some(file => file.includes('re2js'))
  expect(isLoaded()).toBe(false)
  compileRegex('a')
  expect(isLoaded()).toBe(true)
})
