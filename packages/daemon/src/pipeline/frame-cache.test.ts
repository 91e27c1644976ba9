import type { Frame } from '@pumphouse/record'
import { expect, test } from 'vitest'
import { createFrameCache } from './frame-cache.ts'

const frame = (payloadBytes: number): Frame => ({ payloadBytes }) as Frame

test('a frame leaves when everyone it was kept for has had it', () => {
  const cache = createFrameCache(1000)
  const kept = frame(100)
  cache.put('0:1', kept, 2)
  expect(cache.get('0:1')).toBe(kept)
  expect(cache.get('0:1')).toBe(kept)
  expect(cache.get('0:1')).toBeUndefined()
  expect(cache.bytes).toBe(0)
})

test('the oldest frames go first when the bound is reached', () => {
  const cache = createFrameCache(250)
  for (const id of ['1', '2', '3']) cache.put(id, frame(100), 1)
  expect(cache.bytes).toBe(200)
  expect(cache.get('1')).toBeUndefined()
  expect(cache.get('3')).toBeDefined()
})

test('a frame beyond the bound, or for nobody, is not kept', () => {
  const cache = createFrameCache(250)
  cache.put('large', frame(251), 1)
  cache.put('unwanted', frame(1), 0)
  expect(cache.bytes).toBe(0)
})

test('a frame put twice is charged once', () => {
  const cache = createFrameCache(250)
  cache.put('1', frame(100), 1)
  cache.put('1', frame(100), 1)
  expect(cache.bytes).toBe(100)
})
