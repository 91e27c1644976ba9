import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadOptions } from './load.ts'
import type { OptionSchema } from './schema.ts'
import { compareSettings, showSetting } from './settings.ts'
import { parseYaml } from './yaml-file.ts'

const schema = {
  target: { url: { doc: 'Where.', format: 'string', default: null, sensitive: true } },
  token: { doc: 'Secret.', format: 'string', default: null, sensitive: true },
  pause: { doc: 'Pause.', format: 'duration', default: '90s' },
  bytes: { doc: 'Size.', format: 'size', default: '4MiB' },
  words: { doc: 'Words.', format: 'strings', default: [] },
} as const satisfies OptionSchema

const folder = mkdtempSync(join(tmpdir(), 'pumphouse-settings-'))
afterAll(() => rmSync(folder, { recursive: true }))

function load(yaml: string, env: Record<string, string> = {}) {
  const { values, lineOf } = parseYaml(`a:\n${yaml}`)
  const given = (values as { a: unknown }).a
  return loadOptions(schema, { values: given, env, envPrefix: 'APP', path: 'a', lineOf }).settings
}
const shown = (settings: ReturnType<typeof load>) =>
  Object.fromEntries(settings.map(setting => [setting.path, showSetting(setting)]))

test('each option knows its value and where that is from: default, line, variable or secret file', () => {
  const file = join(folder, 'token')
  writeFileSync(file, 'hunter2\n')
  const settings = load('  pause: 5s\n  bytes: 1KiB\n', { APP_BYTES: '2KiB', APP_TOKEN_FILE: file })
  expect(settings.map(({ path, value, origin }) => [path, value, origin])).toEqual([
    ['a.target.url', undefined, { from: 'default' }],
    ['a.token', 'hunter2', { from: 'file', variable: 'APP_TOKEN', file }],
    ['a.pause', 5000, { from: 'given', line: 2 }],
    ['a.bytes', 2048, { from: 'environment', variable: 'APP_BYTES' }],
    ['a.words', [], { from: 'default' }],
  ])
})

test('values are shown as they are written, and nothing of a secret', () => {
  expect(shown(load('  token: hunter2\n  words: [a, b c]\n'))).toEqual({
    'a.target.url': 'not set',
    'a.token': '***',
    'a.pause': '90s',
    'a.bytes': '4MiB',
    'a.words': '[a, b c]',
  })
})

test.each([
  ['redis://127.0.0.1:6379', 'redis://127.0.0.1:6379'],
  ['redis://app:hunter2@db:6379/', 'redis://***@db:6379/'],
  ['mongodb://u:hunter2@a:1,b:2/analytics?tlsCertificateKeyFilePassword=hunter2', 'mongodb://***@a:1,b:2/***'],
  ['https://hooks.example.com/services/hunter2', 'https://hooks.example.com/***'],
  ['redis://u:hun/ter2@db', '***'],
  ['https://h/?to=a@hunter2', '***'],
  ['hunter2', '***'],
])('of a secret url no more than the host is shown: %s', (url, masked) => {
  expect(shown(load(`  target: { url: "${url}" }\n`))['a.target.url']).toBe(masked)
})

test('two configurations are compared line by line, and secrets only as to whether they differ', () => {
  const before = load('  pause: 5s\n  token: hunter2\n  target: { url: "mongodb://a/x" }\n')
  const after = load('  bytes: 4MiB\n  token: hunter3\n  target: { url: "mongodb://b/x" }\n')
  expect(compareSettings(before, after)).toEqual([
    'a.target.url: mongodb://a/*** → mongodb://b/***',
    'a.token: another value (***)',
    'a.pause: 5s → 90s',
  ])
  expect(compareSettings(before, before)).toEqual([])
  expect(compareSettings(before.slice(0, 2), before.slice(1, 3))).toEqual([
    'a.target.url: no longer there',
    'a.pause: 5s, new',
  ])
})
