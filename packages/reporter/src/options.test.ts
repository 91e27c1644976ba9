import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OptionsError } from '@pumphouse/options'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadReporterOptions, type ReporterOptions } from './options.ts'

function problemsOf(options: unknown, env = {}): readonly { path: string; hint?: string }[] {
  try {
    loadReporterOptions(options as ReporterOptions, env)
  } catch (error) {
    expect(error).toBeInstanceOf(OptionsError)
    return (error as OptionsError).problems
  }
  return []
}

describe('options in code', () => {
  it('need nothing but the service', () => {
    expect(loadReporterOptions({ service: 'orders' }, {})).toMatchObject({
      service: 'orders',
      redis: { url: 'redis://127.0.0.1:6379', connectTimeoutMs: 5000 },
      set: { name: 'analytics', partitions: 1, maxBacklogRecords: 0, maxBacklogBytes: 0 },
      poolSize: 1,
      batchSize: 200,
      flushIntervalMs: 1000,
      buffer: { maxRecords: 100_000, maxBytes: 64 * 1024 * 1024, onFull: 'drop-newest' },
      compress: true,
      sample: { rate: 1, keepErrors: true, slowMs: 1000, rules: [] },
    })
  })

  it('take a URL or a section for redis, and text or plain numbers for durations and sizes', () => {
    const short = loadReporterOptions({ service: 's', redis: 'redis://one:1' }, {})
    expect(short.redis.url).toBe('redis://one:1')
    const long = { url: 'redis://two:2', connectTimeout: 250, commandTimeout: '3s' }
    const loaded = loadReporterOptions({ service: 's', redis: long, flushInterval: 20, buffer: { maxBytes: 4096 } }, {})
    expect(loaded.redis).toMatchObject({ url: 'redis://two:2', connectTimeoutMs: 250, commandTimeoutMs: 3000 })
    expect(loaded.flushIntervalMs).toBe(20)
    expect(loaded.buffer.maxBytes).toBe(4096)
  })

  it('that are undefined count as not given', () => {
    expect(loadReporterOptions({ service: 's', poolSize: undefined, redis: undefined }, {}).poolSize).toBe(1)
  })

  it('are refused all at once, with the nearest known name', () => {
    const problems = problemsOf({ servise: 'x', poolSize: 1.5, sample: 2, flushInterval: '1 parsec', onWarning: 3 })
    expect(problems.map(problem => problem.path).sort()).toEqual([
      'flushInterval',
      'onWarning',
      'poolSize',
      'sample.rate',
      'service',
      'servise',
    ])
    expect(problems.find(problem => problem.path === 'servise')?.hint).toContain('service')
  })

  it('take a share or a section for sample, and refuse rules that are none', () => {
    expect(loadReporterOptions({ service: 's', sample: 0.5 }, {}).sample.rate).toBe(0.5)
    const rules = [{ route: '/a*', status: '2xx', rate: 0.1 }]
    const section = { errors: false, slowerThan: '2s', rules }
    expect(loadReporterOptions({ service: 's', sample: section }, {}).sample).toEqual({
      rate: 1,
      keepErrors: false,
      slowMs: 2000,
      rules,
    })
    const wrong: unknown[] = [{ rate: 2 }, 'x', { rate: 1, status: '2x' }, { rate: 1, routes: '/a' }]
    // What never matches, and what JSON cannot say.
    const cycle: Record<string, unknown> = { rate: 2 }
    cycle['self'] = cycle
    wrong.push({ rate: 0, method: 'GET' }, { rate: 0, method: 'get' }, { rate: 0, status: '500-400' })
    wrong.push({ rate: 1n }, cycle, null, [])
    expect(problemsOf({ service: 's', sample: { rules: wrong } }).map(problem => problem.path)).toEqual([
      'sample.rules.0.rate',
      'sample.rules.1',
      'sample.rules.2.status',
      'sample.rules.3.routes',
      'sample.rules.5.method',
      'sample.rules.6.status',
      'sample.rules.7.rate',
      'sample.rules.8.rate',
      'sample.rules.9',
      'sample.rules.10',
    ])
    expect(problemsOf({ service: 's', sample: { rules: {} } }).map(problem => problem.path)).toEqual(['sample.rules'])
  })

  it('refuse what cannot be a rule of redaction, each with its place', () => {
    const redact = { mask: ['a..b'], hash: ['username'], patterns: ['(a)\\1'] }
    expect(problemsOf({ service: 's', redact }).map(problem => problem.path)).toEqual([
      'redact.mask.0',
      'redact.patterns.0',
      'redact.hashKeyFile',
    ])
    const nowhere = { hash: ['username'], hashKeyFile: '/nowhere/key' }
    expect(problemsOf({ service: 's', redact: nowhere }).map(problem => problem.path)).toEqual(['redact.hashKeyFile'])
    expect(problemsOf({ service: 's', redact: { mask: 'a' } }).map(problem => problem.path)).toEqual(['redact.mask'])
  })

  it('refuse a pattern of redaction that finds the empty text, which would take every field with it', () => {
    expect(problemsOf({ service: 's', redact: { patterns: ['ok', '', 'x*'] } })).toEqual([
      {
        path: 'redact.patterns.1',
        found: '""',
        expected: expect.stringContaining('one character'),
        hint: expect.stringContaining('take it out'),
      },
      expect.objectContaining({ path: 'redact.patterns.2', found: '"x*"' }),
    ])
  })

  it.for([null, undefined, 'orders', []])('that are none (%s) are refused', given => {
    expect(problemsOf(given)).toMatchObject([
      { path: 'options', expected: expect.stringContaining("{ service: 'orders' }") },
    ])
  })

  it('are refused where a timer cannot wait for so long', () => {
    const redis = { connectTimeout: '60d', commandTimeout: '60d' }
    const problems = problemsOf({ service: 's', flushInterval: '60d', openRecordAfter: '60d', redis })
    expect(problems.map(({ path }) => path).sort()).toEqual([
      'flushInterval',
      'openRecordAfter',
      'redis.commandTimeout',
      'redis.connectTimeout',
    ])
  })

  it.each(['http://one:1', 'unix:///run/redis.sock', '/run/redis.sock', 'one:1'])('refuse %s as a Redis', redis => {
    expect(problemsOf({ service: 's', redis })).toMatchObject([
      { path: 'redis.url', expected: 'a URL that begins with redis:// or rediss://' },
    ])
  })

  it('never show a password in what they complain of', () => {
    const problems = problemsOf({ service: 's', redis: { url: 'redis//app:hunter2@host', password: 12345 } })
    expect(problems.length).toBeGreaterThan(0)
    expect(JSON.stringify(problems)).not.toMatch(/hunter2|12345/)
  })
})

describe('the sources of options', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'reporter-options-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  function file(text: string): string {
    const path = join(folder, 'reporter.yaml')
    writeFileSync(path, text)
    return path
  }

  it('are code before environment before file before defaults', () => {
    const configFile = file('service: file\npoolSize: 3\nbatchSize: 10\nredis: redis://file:1\n')
    const env = {
      PUMPHOUSE_REPORTER_SERVICE: 'environment',
      PUMPHOUSE_REPORTER_POOL_SIZE: '4',
      PUMPHOUSE_REDIS_URL: 'redis://environment:1',
    }
    const loaded = loadReporterOptions({ service: 'code', configFile }, env)
    expect(loaded).toMatchObject({
      service: 'code',
      poolSize: 4,
      batchSize: 10,
      redis: { url: 'redis://environment:1' },
    })
    expect(loadReporterOptions({ redis: 'redis://code:1', configFile }, env).redis.url).toBe('redis://code:1')
    expect(loadReporterOptions({ configFile }, {}).redis.url).toBe('redis://file:1')
  })

  it('name the file in the environment too, and the line of a mistake in it', () => {
    const configFile = file('service: a\nbuffer:\n  onFull: drop-all\n')
    const [problem] = problemsOf({}, { PUMPHOUSE_REPORTER_CONFIG_FILE: configFile })
    expect(problem).toMatchObject({ path: 'buffer.onFull', line: 3 })
  })

  it('refuse a variable that stands for a whole section, and name one of its options', () => {
    const env = { PUMPHOUSE_REPORTER_SAMPLE: '0.1', PUMPHOUSE_REPORTER_REDIS: 'redis://:hunter2@one:1', OTHER: 'x' }
    const problems = problemsOf({ service: 's' }, { ...env, PUMPHOUSE_REPORTER_BUFFER: '' })
    expect(problems).toMatchObject([
      { path: 'redis', expected: expect.stringContaining('PUMPHOUSE_REDIS_URL') },
      { path: 'sample', expected: expect.stringContaining('PUMPHOUSE_REPORTER_SAMPLE_RATE') },
    ])
    expect(JSON.stringify(problems)).not.toContain('hunter2')
  })

  it('make a missing file a problem, not a crash', () => {
    expect(problemsOf({ service: 's', configFile: join(folder, 'absent.yaml') })).toHaveLength(1)
  })
})
