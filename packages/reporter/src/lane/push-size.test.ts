import { expect, it } from 'vitest'
import { createPushSize } from './push-size.ts'

it('halves what goes into a push when no answer comes, down to one frame', () => {
  const size = createPushSize(16, 1_000)
  const sizes = [12, 6, 3, 1].map(pushed => {
    size.unanswered(pushed)
    return size.frames
  })
  expect(sizes).toEqual([6, 3, 1, 1])
})

it('grows with each answer that comes soon, up to its bound', () => {
  const size = createPushSize(16, 1_000)
  size.answered(10)
  expect(size.frames).toBe(16)
  size.unanswered(16)
  for (const tookMs of [10, 600, 200]) size.answered(tookMs)
  expect(size.frames).toBe(10)
})
