import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { environmentName } from './describe.ts'
import { loadOptions } from './load.ts'
import type { OptionSchema } from './schema.ts'

const schema = {
  redis: {
    url: { doc: 'Where.', format: 'url', default: 'redis://127.0.0.1:6379', env: 'REDIS_ANYWHERE', sensitive: true },
    password: { doc: 'Password.', format: 'string', default: null, sensitive: true },
  },
  purgeDelay: { doc: 'Pause.', format: 'duration', default: '1s' },
  workers: { doc: 'Workers.', format: 'integer', default: 1 },
  enabled: { doc: 'On.', format: 'boolean', default: true },
  tags: { doc: 'Words.', format: 'strings', default: [] },
  meta: { doc: 'Anything.', format: 'json', default: null },
} as const satisfies OptionSchema

const load = (env: Record<string, string>, values: unknown = {}) =>
  loadOptions(schema, { values, env, envPrefix: 'PUMPHOUSE' })
const folder = mkdtempSync(join(tmpdir(), 'pumphouse-secrets-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('environment variables', () => {
  test('are named after the path of their option', () => {
    expect(environmentName('PUMPHOUSE', 'purgeDelay')).toBe('PUMPHOUSE_PURGE_DELAY')
    expect(environmentName('PUMPHOUSE_PUMPS', 'audit-log2')).toBe('PUMPHOUSE_PUMPS_AUDIT_LOG2')
  })

  test('override the file and are converted to the type of the option', () => {
    const env = {
      REDIS_ANYWHERE: 'redis://elsewhere',
      PUMPHOUSE_PURGE_DELAY: '250ms',
      PUMPHOUSE_WORKERS: '4',
      PUMPHOUSE_ENABLED: 'false',
      PUMPHOUSE_TAGS: 'a, b',
      PUMPHOUSE_META: '{"x.y":[1]}',
    }
    const { values, problems } = load(env, { purgeDelay: '9s', workers: 2 })
    expect(problems).toEqual([])
    expect(values).toMatchObject({
      purgeDelay: 250,
      workers: 4,
      enabled: false,
      tags: ['a', 'b'],
      meta: { 'x.y': [1] },
    })
    expect(values.redis.url).toBe('redis://elsewhere')
  })

  test('that are empty count as not set', () => {
    const { values, problems } = load({ PUMPHOUSE_WORKERS: '', PUMPHOUSE_REDIS_PASSWORD: '' })
    expect(problems).toEqual([])
    expect(values.workers).toBe(1)
  })

  test.each([
    ['PUMPHOUSE_WORKERS', 'many', 'workers'],
    ['PUMPHOUSE_WORKERS', '4 workers', 'workers'],
    ['PUMPHOUSE_WORKERS', '0x10', 'workers'],
    ['PUMPHOUSE_ENABLED', 'maybe', 'enabled'],
    ['PUMPHOUSE_PURGE_DELAY', '5', 'purgeDelay'],
    ['PUMPHOUSE_META', '{', 'meta'],
  ])('%s=%s is refused, naming the variable', (name, text, path) => {
    expect(load({ [name]: text }).problems).toEqual([
      { path, found: `${JSON.stringify(text)} in ${name}`, expected: expect.any(String) },
    ])
  })

  test('of no known option are left alone, and without a prefix only named ones are read', () => {
    expect(load({ PUMPHOUSE_SOMETHING: 'x' }).problems).toEqual([])
    expect(loadOptions(schema, { values: {}, env: { PUMPHOUSE_WORKERS: '4' } }).values.workers).toBe(1)
  })
})

describe('secret files', () => {
  const file = join(folder, 'password')

  test('are read and trimmed', () => {
    writeFileSync(file, '  s3cret\n')
    expect(load({ PUMPHOUSE_REDIS_PASSWORD_FILE: file }).values.redis.password).toBe('s3cret')
  })

  test('work for a variable with a name of its own', () => {
    writeFileSync(file, 'redis://secret-host\n')
    expect(load({ REDIS_ANYWHERE_FILE: file }).values.redis.url).toBe('redis://secret-host')
  })

  test('are for secrets only', () => {
    writeFileSync(file, '4')
    expect(load({ PUMPHOUSE_WORKERS_FILE: file }).values.workers).toBe(1)
  })

  test('that are missing, empty, unreadable or doubled by the variable itself are problems', () => {
    writeFileSync(join(folder, 'empty'), '\n')
    writeFileSync(file, 'x')
    const found = (env: Record<string, string>) =>
      load(env).problems.map(problem => `${problem.path}: ${problem.found}`)
    const name = 'PUMPHOUSE_REDIS_PASSWORD'
    expect(found({ [`${name}_FILE`]: join(folder, 'none') })).toEqual([
      expect.stringMatching(/^redis.password: .*does not exist$/),
    ])
    expect(found({ [`${name}_FILE`]: join(folder, 'empty') })).toEqual([expect.stringMatching(/is empty$/)])
    expect(found({ [`${name}_FILE`]: join(file, 'x') })).toEqual([expect.stringMatching(/cannot be read \(ENOTDIR\)$/)])
    expect(found({ [`${name}_FILE`]: folder })).toEqual([expect.stringMatching(/is a directory$/)])
    expect(found({ [`${name}_FILE`]: file, [name]: 'y' })).toEqual([`redis.password: both ${name} and ${name}_FILE`])
  })
})
