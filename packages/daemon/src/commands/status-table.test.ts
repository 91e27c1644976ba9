import { expect, test } from 'vitest'
import { pumpStandings, renderTable } from './status-table.ts'

const audit = {
  pushed: 12_000,
  delivered: 11_000,
  filtered: 500,
  deadLettered: 0,
  removed: 0,
  pending: 500,
  pendingFrames: 1,
  leasedFrames: 0,
  oldestMs: 90_000,
  holds: true,
}

test('the table has a line for every pump, with its numbers to the right', () => {
  const pumps = { audit, b: { ...audit, pushed: 1, pending: 0, holds: false } }
  const status = { pushed: 12_000, frames: 1, deadLetters: 0, pumps } as unknown as Parameters<typeof renderTable>[1]
  const lines = renderTable('analytics', status).trimEnd().split('\n')
  expect(lines).toHaveLength(4)
  expect(lines[2]).toMatch(/^audit +12000 +11000 +500 +0 +0 +500 +1\.5 min +yes$/)
  expect(lines[3]).toMatch(/^b +1 .* NO$/)
  expect(new Set(lines.slice(1).map(line => line.length)).size).toBe(1)
})

test('a set nobody drains yet says so', () => {
  expect(renderTable('analytics', { pushed: 5, frames: 1, deadLetters: 0, pumps: {} } as never)).toContain(
    'no pump has been here yet',
  )
})

test('a pump that is paused, and one that is not wanted any more, are named with the time left', () => {
  const config = { analytics: { graceMs: 86_400_000 * 7 }, pumps: [{ name: 'a' }], paused: [{ name: 'b' }] } as never
  const pumps = { a: audit, b: audit, c: { ...audit, sinceWantedMs: 86_400_000 }, d: { ...audit, sinceWantedMs: 9e12 } }
  const standings = pumpStandings(config, { pumps } as never)
  expect([...standings]).toEqual([
    ['b', { paused: true }],
    ['c', { leavesInMs: 86_400_000 * 6 }],
    ['d', { leavesInMs: 0 }],
  ])
  const text = renderTable('analytics', { pushed: 1, frames: 1, deadLetters: 0, pumps } as never, { standings })
  expect(text).toContain('\nb is paused\nc is not wanted here; its share is kept for 6.0 d more\n')
})

test('each partition has a line below its pump, and a rate stands behind the pump', () => {
  const part = { pumps: { audit: { ...audit, pushed: 6_000, holds: false } } }
  const status = {
    pushed: 12_000,
    frames: 1,
    deadLetters: 2,
    deadLettersDropped: 3,
    deadLettersVanished: 4,
    letGo: 5,
    pumps: { audit },
  }
  const details = { standings: new Map(), partitions: [part, part], rates: new Map([['audit', 250]]) }
  const lines = renderTable('analytics', status as never, details as never)
    .trimEnd()
    .split('\n')
  expect(lines[0]).toMatch(
    /2 dead letters kept, 3 dropped, 4 deleted from Redis by hand, 5 records let go with pumps that nobody wanted$/,
  )
  expect(lines[1]).toMatch(/ per second$/)
  expect(lines[2]).toMatch(/^audit +12000 .* yes +250$/)
  expect(lines[3]).toMatch(/^ {2}partition 0 +6000 .* NO$/)
  expect(lines[4]).toMatch(/^ {2}partition 1 /)
})
