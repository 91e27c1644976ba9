import { expect, test } from 'vitest'
import { armFaultPoints, FAULT_POINTS } from './fault-points.ts'

function armed(text: string) {
  const deaths: number[] = []
  return { deaths, points: armFaultPoints(text, () => deaths.push(1)) }
}

test('a place is the end at the armed time only, and other places never are', () => {
  const { deaths, points } = armed('after-read:3')
  for (const point of FAULT_POINTS) points?.reach(point)
  points?.reach('after-read')
  expect(deaths).toHaveLength(0)
  points?.reach('after-read')
  expect(deaths).toHaveLength(1)
  points?.reach('after-read')
  expect(deaths).toHaveLength(1)
})

test('without a number it is the first time', () => {
  const { deaths, points } = armed('before-settle')
  points?.reach('before-settle')
  expect(deaths).toHaveLength(1)
})

test('a step that others carry out has been begun when the end comes', async () => {
  const { deaths, points } = armed('during-settle')
  points?.enter('during-settle')
  expect(deaths).toHaveLength(0)
  await new Promise(resolve => setImmediate(resolve))
  expect(deaths).toHaveLength(1)
})

test.each(['', 'nowhere', 'after-read:0', 'after-read:x', 'after-read:', 'AFTER-READ'])('%j arms nothing', text => {
  expect(armed(text).points).toBeUndefined()
})
