import { expect, test } from 'vitest'
import { createEpisode } from './episode.ts'
import { createLossLog } from './loss-log.ts'

function recordingLog() {
  const lines: [message: string, fields: Record<string, unknown>][] = []
  const line = (fields: object, message: string): number => lines.push([message, fields as Record<string, unknown>])
  return { lines, log: { debug: line, info: line, warn: line, error: line } }
}

test('an episode is one line when it begins and one when it is over, with how often it failed', () => {
  const { lines, log } = recordingLog()
  const episode = createEpisode(log, { pump: 'audit' }, { failed: 'fails', recovered: 'works' })
  episode.recovered()
  for (const message of ['a', 'b', 'c']) episode.failed(new Error(message))
  expect([episode.failures, episode.lastError]).toEqual([3, 'c'])
  episode.recovered()
  episode.recovered()
  expect([episode.failures, episode.lastError]).toEqual([0, undefined])
  expect(lines).toMatchObject([
    ['fails', { pump: 'audit', error: 'a' }],
    ['works', { pump: 'audit', failures: 3, lastError: 'c' }],
  ])
})

test('a failure of which somebody else speaks counts without a line, until there is another one', () => {
  const { lines, log } = recordingLog()
  const isAway = (error: unknown): boolean => (error as Error).message === 'away'
  const episode = createEpisode(log, {}, { failed: 'fails', recovered: 'works' }, isAway)
  for (let i = 0; i < 3; i++) episode.failed(new Error('away'))
  expect([episode.failures, episode.lastError]).toEqual([3, 'away'])
  episode.recovered()
  expect(lines).toEqual([])
  for (const message of ['away', 'wrong', 'wrong', 'away']) episode.failed(new Error(message))
  episode.recovered()
  expect(lines).toMatchObject([
    ['fails', { error: 'wrong' }],
    ['works', { failures: 4 }],
  ])
})

test('losses are said at once when their reason is new, then summed up', () => {
  const { lines, log } = recordingLog()
  const losses = createLossLog(log, {})
  losses.add('too_large', 1, 'first')
  for (let i = 0; i < 100; i++) losses.add('too_large', 2, 'more')
  losses.add('validation', 5, 'other')
  losses.flush()
  losses.flush()
  expect(lines.map(([, { reason, records, message }]) => [reason, records, message])).toEqual([
    ['too_large', 1, 'first'],
    ['validation', 5, 'other'],
    ['too_large', 200, 'more'],
  ])
})

test('losses are summed up again when the window is over', () => {
  const { lines, log } = recordingLog()
  const losses = createLossLog(log, {}, 0)
  losses.add('too_large', 1, '')
  losses.add('too_large', 1, '')
  expect(lines).toHaveLength(2)
})
