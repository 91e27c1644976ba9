import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Setting } from '@pumphouse/options'
import { afterAll, expect, test } from 'vitest'
import { describeChanges } from './config-changes.ts'
import { loadConfig } from './load-config.ts'

const folder = mkdtempSync(join(tmpdir(), 'pumphouse-changes-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function settings(yaml: string): Promise<readonly Setting[]> {
  const file = join(folder, 'pump.yaml')
  writeFileSync(file, yaml)
  const loaded = await loadConfig(file, {})
  if (loaded.config === undefined) throw new Error(JSON.stringify(loaded.problems))
  return loaded.settings
}

async function changes(before: string, after: string): Promise<readonly string[]> {
  return describeChanges(await settings(before), await settings(after))
}

test('pumps that come and go are a line each; what a pump inherits is said once, at the top', async () => {
  expect(
    await changes(
      'timeout: 5s\npumps:\n  a: { type: stdout }\n  b: { type: "null", timeout: 7s }\n  c: { type: "null" }\n',
      'timeout: 6s\npumps:\n  a: { type: stdout, enabled: false }\n  b: { type: "null" }\n  d: { type: "null" }\n',
    ),
  ).toEqual([
    'pumps.c: gone',
    'pumps.d: new, null',
    'timeout: 5s → 6s',
    'pumps.a.enabled: true → false',
    'pumps.b.timeout: 7s → 6s',
  ])
})

test('a secret that changed is said to have changed, and no more', async () => {
  const pump = (password: string) => `pumps:\n  m: { type: mongo, meta: { url: "mongodb://u:${password}@db/x" } }\n`
  expect(await changes(pump('hunter2'), pump('hunter3'))).toEqual([
    'pumps.m.meta.url: another value (mongodb://***@db/***)',
  ])
})

test('a file that means the same has no changes', async () => {
  expect(
    await changes('pumps: { a: { type: stdout } }', 'timeout: 10s\npumps:\n  a: { type: stdout, timeout: 10s }\n'),
  ).toEqual([])
})
