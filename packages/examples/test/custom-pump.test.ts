import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const repository = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const TEMPLATE = repository('packages/examples/custom-pump')
const GUIDE = readFileSync(repository('docs/guides/custom-pump.md'), 'utf8')

/** The template in a folder of its own, where the packages are installed as links. */
const folder = mkdtempSync(join(tmpdir(), 'pumphouse-custom-pump-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
cpSync(TEMPLATE, folder, { recursive: true })
mkdirSync(join(folder, 'node_modules/@pumphouse'), { recursive: true })
for (const name of ['daemon', 'pumps', 'testkit']) {
  symlinkSync(repository(`packages/${name}`), join(folder, 'node_modules/@pumphouse', name))
}

function node(...args: string[]): { readonly code: number | null; readonly output: string } {
  const ended = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  return { code: ended.status, output: ended.stdout + ended.stderr }
}

test('the guide shows the template as it is', () => {
  for (const name of readdirSync(TEMPLATE)) {
    expect(GUIDE, name).toContain(readFileSync(join(TEMPLATE, name), 'utf8').trimEnd())
  }
})

test('the template passes the contract suite, none of it skipped', () => {
  const { code, output } = node('--test', '--test-reporter=tap')
  expect(output.match(/^ *not ok .*/gm) ?? []).toEqual([])
  expect(output).toMatch(/^# skipped 0$/m)
  expect(code).toBe(0)
}, 300_000)

test('the daemon loads the template, and says what is wrong with its options', () => {
  const program = 'node_modules/@pumphouse/daemon/bin/pumphouse.js'
  expect(node(program, 'validate', '-c', 'pump.yaml')).toEqual({
    code: 0,
    output: expect.stringContaining('mine (records-api)'),
  })
  expect(node(program, 'pumps', './my-pump.js').output).toContain('Where batches are posted to.')
})
