import { describe, expect, test } from 'vitest'
import { readLettersLine } from './letters-line.ts'

const NOW = Date.UTC(2026, 10, 21, 9)

test.each([
  [['list'], {}, { action: 'list', ids: [], filter: {}, limit: undefined }],
  [['list'], { pump: 'a', reason: 'x', limit: '7' }, { filter: { pump: 'a', reason: 'x' }, limit: 7 }],
  [['list'], { since: '2h' }, { filter: { sinceMs: NOW - 7_200_000 } }],
  [['list'], { until: '2026-11-21T08:00:00Z' }, { filter: { untilMs: NOW - 3_600_000 } }],
  [['show', '0/1-1'], {}, { action: 'show', ids: ['0/1-1'] }],
  [['replay'], { pump: 'a' }, { action: 'replay', filter: { pump: 'a' } }],
  [['drop', '0/1-1', '0/2-1'], {}, { action: 'drop', ids: ['0/1-1', '0/2-1'] }],
  [['drop'], { all: true }, { action: 'drop', ids: [], filter: {} }],
])('%j %j is understood', (words, values, expected) => {
  expect(readLettersLine(words, values, NOW)).toMatchObject(expected)
})

describe('what would do something else than was meant is refused', () => {
  test.each([
    [[], {}, '"dead-letters" needs one of list, show, replay, drop'],
    [['relpay'], {}, 'unknown act "relpay"; did you mean "replay"?'],
    [['constructor'], {}, 'unknown act "constructor"'],
    [['list', '0/1-1'], {}, '"dead-letters list" takes filters, not names'],
    [['list'], { all: true }, '"dead-letters list" does not take --all'],
    [['list'], { limit: '0' }, '--limit needs a whole number from 1'],
    [['list'], { limit: 'x' }, '--limit needs a whole number from 1'],
    [['show'], {}, '"dead-letters show" needs one name'],
    [['replay', '0/1-1'], {}, '"dead-letters replay" needs --pump'],
    [['drop'], {}, '"dead-letters drop" needs names, a filter, or --all'],
    [['drop', '0/1-1'], { all: true }, '"dead-letters drop" takes names or filters, not both'],
    [['drop', '0/1-1'], { pump: 'a' }, '"dead-letters drop" takes names or filters, not both'],
  ])('%j %j', (words, values, problem) => {
    expect(readLettersLine(words, values, NOW)).toEqual({ problem })
  })

  test.each(['yesterday', '5', '2026-99-01', ''])('the time %j', since => {
    expect(readLettersLine(['list'], { since }, NOW)).toHaveProperty('problem')
  })
})
