import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from './load-config.ts'

const folder = mkdtempSync(join(tmpdir(), 'pumphouse-config-'))
const file = join(folder, 'pump.yaml')
const PUMP_MODULE = `export const pump = {
  type: 'mine', summary: 'For a test.', idempotent: false,
  options: { url: { doc: 'Where.', format: 'url', default: null, required: true, sensitive: true }, size: { doc: 'How much.', format: 'size', default: '1KiB' } },
  create: () => ({ async write() {}, async close() {} }),
}`
beforeAll(() => {
  writeFileSync(join(folder, 'mine.mjs'), PUMP_MODULE)
  writeFileSync(join(folder, 'empty.mjs'), 'export const other = 1')
  writeFileSync(join(folder, 'broken.mjs'), 'throw new Error("no luck")')
})
afterAll(() => rmSync(folder, { recursive: true }))

function load(yaml: string, env: Record<string, string> = {}) {
  writeFileSync(file, yaml)
  return loadConfig(file, env)
}
const MINE = 'type: ./mine.mjs, meta: { url: "x://y" }'

describe('a valid file', () => {
  test('loads with the defaults of the documentation, in the units of the code', async () => {
    const { config, problems } = await load(`pumps:\n  audit: { ${MINE} }\n`)
    expect(problems).toEqual([])
    expect(config).toMatchObject({
      redis: { url: 'redis://127.0.0.1:6379' },
      analytics: { name: 'analytics', partitions: 1, leaseMs: 60_000 },
      health: { enabled: true, host: '127.0.0.1', port: 7070, path: '/healthz' },
      log: { level: 'info', pretty: false },
      shutdownTimeoutMs: 30_000,
    })
    expect(config!.pumps).toMatchObject([
      {
        name: 'audit',
        definition: { type: 'mine' },
        meta: { url: 'x://y', size: 1024 },
        purgeDelayMs: 1000,
        omitDetailedRecording: false,
        detailFields: expect.arrayContaining(['rawRequest']),
        filters: { include: {}, exclude: {} },
        timeoutMs: 10_000,
        batch: { maxRecords: 1000, maxBytes: 4_194_304, maxAgeMs: 1000 },
        retry: { initialMs: 200, maxMs: 30_000, deadlineMs: 0 },
        startAt: 'backlog',
      },
    ])
  })

  test('a pump inherits every drain setting and overrides those it names', async () => {
    const { config } = await load(
      `purgeDelay: 5s\nbatch: { maxRecords: 7, maxAge: 2s }\npumps:\n  a: { ${MINE} }\n  b: { ${MINE}, purgeDelay: 0, batch: { maxRecords: 9 } }\n`,
    )
    expect(config!.pumps.map(pump => [pump.purgeDelayMs, pump.batch.maxRecords, pump.batch.maxAgeMs])).toEqual([
      [5000, 7, 2000],
      [0, 9, 2000],
    ])
  })

  test('holds only the enabled pumps, and may have none of them', async () => {
    const { config, problems } = await load(`pumps:\n  a: { ${MINE}, enabled: false }\n`)
    expect([config!.pumps, problems]).toEqual([[], []])
  })

  test('keeps the paused pumps apart from those that run; a disabled one is not even paused', async () => {
    const pumps = `a: { ${MINE} }\n  b: { ${MINE}, paused: true, startAt: now }\n  c: { ${MINE}, enabled: false, paused: true }`
    const { config } = await load(`analytics: { grace: 1h }\npumps:\n  ${pumps}\n`)
    expect(config!.pumps.map(({ name }) => name)).toEqual(['a'])
    expect(config!.paused).toEqual([{ name: 'b', startAt: 'now' }])
    expect(config!.analytics.graceMs).toBe(3_600_000)
  })

  test('is overridden by the environment, down to what only the type knows', async () => {
    const env = {
      PUMPHOUSE_PURGE_DELAY: '3s',
      PUMPHOUSE_PUMPS_A_ENABLED: 'false',
      PUMPHOUSE_PUMPS_MY_DISK_META_URL: 'z://from-env',
      PUMPHOUSE_PUMPS_MY_DISK_BATCH_MAX_RECORDS: '3',
    }
    const { config, problems } = await load(`pumps:\n  a: { ${MINE} }\n  my-disk: { type: ./mine.mjs }\n`, env)
    expect(problems).toEqual([])
    expect(config!.pumps).toMatchObject([
      { name: 'my-disk', purgeDelayMs: 3000, meta: { url: 'z://from-env' }, batch: { maxRecords: 3 } },
    ])
  })

  test('filters are passed on as they are written', async () => {
    const filters =
      '{ include: { statusCode: [2xx, 404, 500-599, "4*"], ok: [true] }, exclude: { path: ["/internal/*"] } }'
    const { config, problems } = await load(`pumps:\n  a: { ${MINE}, filters: ${filters} }\n`)
    expect(problems).toEqual([])
    expect(config!.pumps[0]!.filters).toEqual({
      include: { statusCode: ['2xx', 404, '500-599', '4*'], ok: [true] },
      exclude: { path: ['/internal/*'] },
    })
  })
})

describe('a file that cannot be used', () => {
  test.each([
    [
      'an unknown key',
      `purgeDealy: 1s\npumps: { a: { ${MINE} } }`,
      { path: 'purgeDealy', line: 1, hint: 'did you mean "purgeDelay"?' },
    ],
    [
      'an unknown key in a pump',
      `pumps:\n  a:\n    ${MINE.replace(', ', '\n    ')}\n    fitlers: {}`,
      { path: 'pumps.a.fitlers', line: 5, hint: 'did you mean "filters"?' },
    ],
    [
      'an unknown key of its type',
      'pumps:\n  a: { type: ./mine.mjs, meta: { urll: "x://y", url: "x://y" } }',
      { path: 'pumps.a.meta.urll', line: 2, hint: 'did you mean "url"?' },
    ],
    [
      'a missing option of its type',
      'pumps:\n  a: { type: ./mine.mjs }',
      { path: 'pumps.a.meta.url', line: 2, found: 'nothing' },
    ],
    [
      'a wrong type',
      `batch: { maxRecords: "5" }\npumps: { a: { ${MINE} } }`,
      { path: 'batch.maxRecords', found: '"5"' },
    ],
    [
      'a bad unit',
      `pumps: { a: { ${MINE}, timeout: 10 parsecs } }`,
      { path: 'pumps.a.timeout', found: '"10 parsecs"' },
    ],
    ['no unit', `pumps: { a: { ${MINE}, timeout: 10 } }`, { path: 'pumps.a.timeout', hint: 'which unit? 10s, 10ms' }],
    ['a timer no timer can do', `purgeDelay: 30d\npumps: { a: { ${MINE} } }`, { path: 'purgeDelay', found: '"30d"' }],
    [
      'a doubled key',
      `pumps:\n  a: { ${MINE} }\npumps:\n  b: { ${MINE} }`,
      { line: 3, found: 'the key "pumps" a second time' },
    ],
    [
      'two pumps of one name',
      `pumps:\n  a: { ${MINE} }\n  a: { ${MINE} }`,
      { line: 3, found: 'the key "a" a second time' },
    ],
    [
      'two pumps with the same variables',
      `pumps:\n  a-b: { ${MINE} }\n  a_b: { ${MINE} }`,
      { path: 'pumps.a_b', line: 3 },
    ],
    ['a name that is none', `pumps:\n  "a b": { ${MINE} }`, { path: 'pumps.a b', line: 2 }],
    ['a long name', `pumps:\n  ${'x'.repeat(65)}: { ${MINE} }`, { found: expect.stringContaining('the name') }],
    ['no type', 'pumps:\n  a: { enabled: true }', { path: 'pumps.a.type', found: 'nothing' }],
    ['a pump that is nothing', 'pumps:\n  a:\n', { path: 'pumps.a.type', found: 'nothing', line: 2 }],
    ['a pump that is a word', 'pumps:\n  a: stdout\n', { path: 'pumps.a', found: 'a text', line: 2 }],
    [
      'an unknown type',
      'pumps:\n  a: { type: nothing-like-it }',
      { path: 'pumps.a.type', line: 2, found: 'an unknown type, "nothing-like-it"' },
    ],
    [
      'a name of Node itself as type',
      'pumps:\n  a: { type: fs }',
      { path: 'pumps.a.type', found: 'an unknown type, "fs"' },
    ],
    [
      'a missing module',
      'pumps:\n  a: { type: ./none.mjs }',
      { path: 'pumps.a.type', found: expect.stringContaining('cannot be loaded') },
    ],
    [
      'a module without a pump',
      'pumps:\n  a: { type: ./empty.mjs }',
      { path: 'pumps.a.type', found: '"./empty.mjs", which exports no `pump`' },
    ],
    [
      'a module that throws',
      'pumps:\n  a: { type: ./broken.mjs }',
      { path: 'pumps.a.type', found: expect.stringContaining('no luck') },
    ],
    ['no pumps', 'purgeDelay: 1s', { path: 'pumps', found: 'nothing' }],
    ['empty pumps', 'pumps: {}', { path: 'pumps', found: 'no pump', line: 1 }],
    ['pumps in a list', 'pumps: [a]', { path: 'pumps', found: 'a list' }],
    [
      'a disabled pump that is wrong',
      `pumps: { a: { ${MINE}, enabled: false, timeout: x } }`,
      { path: 'pumps.a.timeout' },
    ],
    [
      'a first pause above the last',
      `pumps: { a: { ${MINE}, retry: { initial: 1m } } }`,
      { path: 'pumps.a.retry.initial' },
    ],
    [
      'a health path that is taken',
      `health: { path: /livez }\npumps: { a: { ${MINE} } }`,
      { path: 'health.path', line: 1 },
    ],
    ['a health path that is none', `health: { path: healthz }\npumps: { a: { ${MINE} } }`, { path: 'health.path' }],
    ['nothing in it', '', { path: '', found: 'an empty file' }],
    [
      'a built-in type with a slip',
      'pumps:\n  a: { type: stdot }',
      { path: 'pumps.a.type', line: 2, hint: 'did you mean "stdout"?' },
    ],
    [
      'a URL that is not Redis',
      `redis: { url: "http://x:6379" }\npumps: { a: { ${MINE} } }`,
      { path: 'redis.url', line: 1 },
    ],
  ])('has %s: said once, with its place', async (_, yaml, expected) => {
    const { config, problems } = await load(yaml)
    expect(config).toBeUndefined()
    expect(problems).toEqual([expect.objectContaining(expected)])
  })

  test.each([
    ['statusCode: [5XX]', '"5XX"'],
    ['statusCode: [599-500]', '"599-500"'],
    ['statusCode: [[404]]', 'a list'],
    ['statusCode: []', 'an empty list'],
    ['method: GET', '"GET"'],
    ['method: { GET: 1 }', 'a mapping'],
    ['method: [null]', 'nothing'],
  ])('has the filter { %s }', async (filter, found) => {
    const field = filter.split(':')[0]
    const { problems } = await load(`pumps:\n  a: { ${MINE}, filters: { include: { ${filter} } } }`)
    expect(problems).toEqual([expect.objectContaining({ path: `pumps.a.filters.include.${field}`, found, line: 2 })])
  })

  test('has several problems: all are listed, in the order of the file', async () => {
    const { problems } = await load(
      `purgeDelay: x\nhealth: { prot: 1 }\npumps:\n  a: { type: nope-at-all }\n  b: { ${MINE}, batch: 5 }\n`,
    )
    expect(problems.map(problem => [problem.line, problem.path])).toEqual([
      [1, 'purgeDelay'],
      [2, 'health.prot'],
      [4, 'pumps.a.type'],
      [5, 'pumps.b.batch'],
    ])
  })

  test('never shows a secret', async () => {
    const { problems } = await load(
      `redis: { url: hunter2, password: 5555 }\npumps:\n  a: { type: ./mine.mjs, meta: { url: hunter2 } }\n  b: { type: ./mine.mjs, meta: hunter2 }\n`,
    )
    expect(problems).toHaveLength(4)
    expect(JSON.stringify(problems)).not.toMatch(/hunter2|5555/)
  })

  test('is missing', async () => {
    const { problems } = await loadConfig(join(folder, 'none.yaml'), {})
    expect(problems).toEqual([expect.objectContaining({ path: '', found: 'no such file' })])
  })
})
