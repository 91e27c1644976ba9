import { PumphouseError } from '@pumphouse/record'
import { expect, test } from 'vitest'
import { frameBytes } from '../../test/test-set.ts'
import { createFrameDecoder } from './frame-decoder.ts'

const bytes = frameBytes([{ n: 1 }, { n: 2 }])

test('a frame is decoded once for all that come to it, and kept for nobody else', () => {
  const decoder = createFrameDecoder()
  const [first, second, third] = [decoder.join(), decoder.join(), decoder.join()]
  const frame = first.decode(0, '1-0', bytes)
  expect(second.decode(0, '1-0', bytes)).toBe(frame)
  expect(third.decode(0, '1-0', bytes)).toBe(frame)
  expect(third.decode(0, '1-0', bytes)).not.toBe(frame)
})

test('entries of one id in different partitions are different', () => {
  const decoder = createFrameDecoder()
  const [first, second] = [decoder.join(), decoder.join()]
  const frame = first.decode(0, '1-0', bytes)
  expect(second.decode(1, '1-0', bytes)).not.toBe(frame)
})

test('nothing is kept when everybody else is past it, has left, or never was', () => {
  const decoder = createFrameDecoder()
  const [first, second] = [decoder.join(), decoder.join()]
  second.decode(0, '9-0', bytes)
  const behind = first.decode(0, '1-0', bytes)
  expect(second.decode(0, '1-0', bytes)).not.toBe(behind)
  second.leave()
  const alone = first.decode(0, '20-0', bytes)
  expect(first.decode(0, '20-0', bytes)).not.toBe(alone)
})

test('for one that stands still nothing is kept beyond the cache, until it has come close again', () => {
  const { payloadBytes } = createFrameDecoder().join().decode(0, '1-0', bytes)
  const decoder = createFrameDecoder({ cacheBytes: payloadBytes * 10 })
  const [front, still] = [decoder.join(), decoder.join()]
  const isKept = (id: number): boolean => {
    const decoded = front.decode(0, `${id}-0`, bytes)
    return decoder.join().decode(0, `${id}-0`, bytes) === decoded
  }
  front.decode(0, '1-0', bytes)
  still.decode(0, '1-0', bytes)
  expect(isKept(2)).toBe(true)
  for (let id = 3; id < 30; id++) front.decode(0, `${id}-0`, bytes)
  still.decode(0, '2-0', bytes)
  const ahead = front.decode(0, '30-0', bytes)
  expect(still.decode(0, '30-0', bytes)).not.toBe(ahead)
  // Now it is where the other is.
  const next = front.decode(0, '31-0', bytes)
  expect(still.decode(0, '31-0', bytes)).toBe(next)
})

test('two that are far behind a third share what they decode', () => {
  const { payloadBytes } = createFrameDecoder().join().decode(0, '1-0', bytes)
  const decoder = createFrameDecoder({ cacheBytes: payloadBytes * 10 })
  const [front, first, second] = [decoder.join(), decoder.join(), decoder.join()]
  for (let id = 1; id < 100; id++) front.decode(0, `${id}-0`, bytes)
  for (let id = 1; id < 60; id++) {
    const decoded = first.decode(0, `${id}-0`, bytes)
    expect(second.decode(0, `${id}-0`, bytes)).toBe(decoded)
  }
})

test('bytes that are no frame fail for everyone who comes to them', () => {
  const decoder = createFrameDecoder()
  for (const reader of [decoder.join(), decoder.join()]) {
    expect(() => reader.decode(0, '1-0', Buffer.from('no frame'))).toThrow(PumphouseError)
  }
})
