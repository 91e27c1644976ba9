import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createHeartbeat } from './heartbeat.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

test('a loop is overdue when it has not come back in the time it announced, and some grace', () => {
  const heartbeat = createHeartbeat(100)
  heartbeat.beat(1000)
  vi.advanceTimersByTime(1099)
  expect(heartbeat.overdue()).toBe(false)
  vi.advanceTimersByTime(2)
  expect(heartbeat.overdue()).toBe(true)
  expect(heartbeat.sinceMs()).toBe(1101)
  heartbeat.beat(1000)
  expect(heartbeat.overdue()).toBe(false)
})

test('a parked loop is never overdue: another one answers', () => {
  const heartbeat = createHeartbeat(100)
  heartbeat.beat(1000)
  heartbeat.park()
  vi.advanceTimersByTime(1e9)
  expect([heartbeat.parked, heartbeat.overdue()]).toEqual([true, false])
})
