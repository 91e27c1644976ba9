import { expect, test } from 'vitest'
import { loadOptions } from './load.ts'
import { renderReference, renderValue, renderYaml } from './render.ts'
import type { OptionSchema } from './schema.ts'
import { parseYaml } from './yaml-file.ts'

const schema = {
  redis: {
    url: { doc: 'Where Redis is.', format: 'url', default: 'redis://127.0.0.1:6379', sensitive: true },
    password: { doc: 'Its password.', format: 'string', default: null, sensitive: true },
  },
  service: { doc: 'Who reports.', format: 'string', default: null, required: true, example: 'orders' },
  purgeDelay: { doc: 'Pause.', format: 'duration', default: '1s', max: 60_000 },
  startAt: { doc: 'Where to start.', format: ['backlog', 'now'], default: 'backlog' },
  tags: { doc: 'Words.', format: 'strings', default: [] },
  filter: { doc: 'Which.', format: 'json', default: {}, example: { path: ['/a*'] } },
} as const satisfies OptionSchema

test('the example shows every option with its meaning, type and variable, and what may be absent as a comment', () => {
  expect(renderYaml(schema, { envPrefix: 'PUMPHOUSE' })).toEqual([
    'redis:',
    '  # Where Redis is.',
    '  # [URL; PUMPHOUSE_REDIS_URL or PUMPHOUSE_REDIS_URL_FILE]',
    '  url: redis://127.0.0.1:6379',
    '  # Its password.',
    '  # [text; PUMPHOUSE_REDIS_PASSWORD or PUMPHOUSE_REDIS_PASSWORD_FILE]',
    '  # password:',
    '# Who reports.',
    '# [text; required; PUMPHOUSE_SERVICE]',
    'service: orders',
    '# Pause.',
    '# [duration, at most 1m; PUMPHOUSE_PURGE_DELAY]',
    'purgeDelay: 1s',
    '# Where to start.',
    '# [backlog | now; PUMPHOUSE_START_AT]',
    'startAt: backlog',
    '# Words.',
    '# [list of texts; PUMPHOUSE_TAGS]',
    'tags: []',
    '# Which.',
    '# [any value; default {}; PUMPHOUSE_FILTER]',
    'filter: { path: [/a*] }',
  ])
})

test('the example loads without a problem', () => {
  const { values } = parseYaml(renderYaml(schema).join('\n'))
  expect(loadOptions(schema, { values }).problems).toEqual([])
})

test('the reference has a row for every option', () => {
  const lines = renderReference(schema, 'PUMPHOUSE').split('\n')
  expect(lines).toHaveLength(2 + 7)
  expect(lines[4]).toBe(
    '| `service` | text | required | `PUMPHOUSE_SERVICE` | Who reports. |'.replace('service`', 'service`'),
  )
  expect(lines[6]).toBe('| `startAt` | backlog \\| now | `backlog` | `PUMPHOUSE_START_AT` | Where to start. |')
})

test('long meanings are wrapped', () => {
  const wordy: OptionSchema = { a: { doc: 'word '.repeat(60).trim(), format: 'string', default: 'x' } }
  expect(Math.max(...renderYaml(wordy).map(line => line.length))).toBeLessThanOrEqual(110)
})

test('a value with commas, brackets or the look of another type can be read back from its line', () => {
  for (const value of ['a, b', '[x]', '{y}', 'a: b', '# c', 'null', '1', '', '^/v\\d+/', '\\b(a|b)_[A-Z]+']) {
    for (const whole of [value, [value], { [value]: [value] }]) {
      expect(parseYaml(`key: ${renderValue(whole)}`).values).toEqual({ key: whole })
    }
  }
})
