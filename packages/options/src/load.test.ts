import { describe, expect, test } from 'vitest'
import { loadOptions } from './load.ts'
import type { OptionSchema } from './schema.ts'

const schema = {
  redis: {
    url: { doc: 'Where Redis is.', format: 'url', default: 'redis://127.0.0.1:6379', sensitive: true },
    password: { doc: 'Its password.', format: 'string', default: null, sensitive: true },
  },
  service: { doc: 'Who reports.', format: 'string', default: null, required: true, min: 1 },
  purgeDelay: { doc: 'Pause.', format: 'duration', default: '1s', max: 60_000 },
  batch: {
    maxRecords: { doc: 'Records.', format: 'integer', default: 1000, min: 1 },
    maxBytes: { doc: 'Bytes.', format: 'size', default: '4MiB' },
  },
  ratio: { doc: 'A share.', format: 'number', default: 1, min: 0, max: 1 },
  port: { doc: 'A port.', format: 'port', default: 7070 },
  pretty: { doc: 'For people.', format: 'boolean', default: false },
  startAt: { doc: 'Where to start.', format: ['backlog', 'now'], default: 'backlog' },
  tags: { doc: 'Words.', format: 'strings', default: [] },
  meta: { doc: 'Anything.', format: 'json', default: null },
} as const satisfies OptionSchema

const load = (values: unknown, env: Record<string, string> = {}) =>
  loadOptions(schema, { values: { service: 'orders', ...(values as object) }, env, envPrefix: 'PUMPHOUSE' })
const problemOf = (values: unknown, env?: Record<string, string>) => {
  const { problems } = load(values, env)
  expect(problems).toHaveLength(1)
  return problems[0]!
}

describe('what is right', () => {
  test('defaults fill what is not given, in the units the code works with', () => {
    const { values, problems } = load({})
    expect(problems).toEqual([])
    expect(values).toEqual({
      redis: { url: 'redis://127.0.0.1:6379', password: undefined },
      service: 'orders',
      purgeDelay: 1000,
      batch: { maxRecords: 1000, maxBytes: 4_194_304 },
      ratio: 1,
      port: 7070,
      pretty: false,
      startAt: 'backlog',
      tags: [],
      meta: undefined,
    })
  })

  test('given values replace defaults one by one', () => {
    const { values, problems } = load({ purgeDelay: 0, batch: { maxBytes: '64KiB' }, tags: ['a', 'b'], startAt: 'now' })
    expect(problems).toEqual([])
    expect(values).toMatchObject({
      purgeDelay: 0,
      batch: { maxRecords: 1000, maxBytes: 65_536 },
      tags: ['a', 'b'],
      startAt: 'now',
    })
  })

  test('a value of any shape arrives as it was written, keys with dots included', () => {
    const meta = { 'a.b': { c: null, _cvtProperties: 1 }, list: [{ 'd.e': [] }], empty: {} }
    expect(load({ meta }).values.meta).toEqual(meta)
    expect(load({ meta: ['x'] }).values.meta).toEqual(['x'])
  })

  test('an empty section and an optional value left empty are as good as absent', () => {
    const { values, problems } = load({ redis: null, batch: {} })
    expect(problems).toEqual([])
    expect(values.batch.maxRecords).toBe(1000)
    expect(load({ redis: { password: null } }).problems).toEqual([])
  })

  test('values of one call never show up in another', () => {
    ;(load({}).values.tags as string[]).push('leak')
    expect(load({}).values.tags).toEqual([])
  })
})

describe('what is wrong', () => {
  test('every problem is listed at once', () => {
    const { problems } = load({
      purgeDelay: '10 parsecs',
      batch: { maxRecords: '5', maxByte: '1MiB' },
      port: 70_000,
      startAt: 'nwo',
    })
    expect(problems.map(problem => problem.path).sort()).toEqual([
      'batch.maxByte',
      'batch.maxRecords',
      'port',
      'purgeDelay',
      'startAt',
    ])
  })

  test.each([
    [{ pruge: 1 }, 'pruge', 'an unknown key', undefined],
    [{ purgeDealy: '1s' }, 'purgeDealy', 'an unknown key', 'did you mean "purgeDelay"?'],
    [{ batch: { maxByte: 1 } }, 'batch.maxByte', 'an unknown key', 'did you mean "maxBytes"?'],
    [{ batch: { maxRecords: '5' } }, 'batch.maxRecords', '"5"', 'write it without quotes'],
    [{ batch: { maxRecords: 1.5 } }, 'batch.maxRecords', 'the number 1.5', undefined],
    [{ batch: { maxRecords: 0 } }, 'batch.maxRecords', 'the number 0', undefined],
    [{ batch: 5 }, 'batch', 'the number 5', undefined],
    [{ batch: [1] }, 'batch', 'a list', undefined],
    [{ purgeDelay: 5 }, 'purgeDelay', 'the number 5', 'which unit? 5s, 5ms'],
    [{ purgeDelay: '10 parsecs' }, 'purgeDelay', '"10 parsecs"', undefined],
    [{ purgeDelay: '2m' }, 'purgeDelay', '"2m"', undefined],
    [{ purgeDelay: null }, 'purgeDelay', 'nothing', undefined],
    [{ pretty: 'yes' }, 'pretty', '"yes"', undefined],
    [{ pretty: 'true' }, 'pretty', '"true"', 'write it without quotes'],
    [{ startAt: 'backlgo' }, 'startAt', '"backlgo"', 'did you mean "backlog"?'],
    [{ tags: 'a' }, 'tags', '"a"', 'write a list: [a, b]'],
    [{ tags: ['a', 5] }, 'tags', 'a list', undefined],
    [{ ratio: Number.NaN }, 'ratio', 'the number NaN', undefined],
    [{ service: null }, 'service', 'nothing', 'a word that YAML takes for nothing (null, ~) must stand in quotes'],
    [{ service: 12 }, 'service', 'the number 12', 'put it in quotes'],
    [{ service: '' }, 'service', '""', undefined],
    [{ constructor: 1 }, 'constructor', 'an unknown key', undefined],
    [JSON.parse('{"__proto__": {"x": 1}}'), '__proto__', 'an unknown key', undefined],
  ])('%j is refused at its path', (values, path, found, hint) => {
    const given = Object.hasOwn(values, '__proto__')
      ? Object.assign(values, { service: 'orders' })
      : { service: 'orders', ...values }
    const { problems } = loadOptions(schema, { values: given })
    expect(problems).toEqual([{ path, found, expected: expect.any(String), ...(hint ? { hint } : {}) }])
  })

  test('a required option that is absent is named', () => {
    const { problems } = loadOptions(schema, { values: {} })
    expect(problems).toEqual([{ path: 'service', found: 'nothing', expected: 'a text that is not empty' }])
  })

  test.each([null, undefined, 5, 'text', [1]])('%j instead of the whole document is no exception', values => {
    const { problems } = loadOptions(schema, { values })
    expect(problems).toHaveLength(1)
  })

  test('limits are said in the unit of the option', () => {
    expect(problemOf({ purgeDelay: '2m' }).expected).toContain('at most 1m')
    expect(problemOf({ batch: { maxRecords: 0 } }).expected).toBe('a whole number, at least 1')
  })

  test('paths carry the prefix, lines come from the file', () => {
    const { problems } = loadOptions(schema, {
      values: { service: 'x', port: 'x' },
      path: 'pumps.audit',
      lineOf: path => (path === 'pumps.audit.port' ? 7 : undefined),
    })
    expect(problems).toMatchObject([{ path: 'pumps.audit.port', line: 7 }])
  })
})

describe('secrets', () => {
  test('are not shown when they are wrong', () => {
    expect(JSON.stringify(load({ redis: { url: 'nonsense-with-hunter2', password: 12_345 } }).problems)).not.toMatch(
      /hunter2|12345/,
    )
    expect(JSON.stringify(load({}, { PUMPHOUSE_REDIS_URL: 'hunter2' }).problems)).not.toContain('hunter2')
  })

  test('are not shown when they stand in the wrong place', () => {
    expect(JSON.stringify(load({ redis: 'redis://:hunter2@host' }).problems)).not.toContain('hunter2')
    expect(JSON.stringify(load({ startAt: 'redis://app:hun/ter2@host' }).problems)).not.toContain('ter2')
  })
})
